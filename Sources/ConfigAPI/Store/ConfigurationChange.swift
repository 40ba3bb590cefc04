internal import BridgeEngine

/// What a client wants changed: each parameter kept, cleared, or given a valid value.
struct ConfigurationChange: Sendable, Equatable {
    /// What happens to one parameter.
    enum Field<Value: Sendable & Equatable>: Sendable, Equatable {
        case keep
        case clear
        case set(Value)

        /// The value after the change.
        func applied(to current: Value?) -> Value? {
            switch self {
            case .keep: current
            case .clear: nil
            case .set(let value): value
            }
        }
    }

    /// The longest JID domain part (RFC 7622 §3.2 allows 1023; RFC 1035 names are shorter), in bytes.
    static let longestJID = 255

    var uniqueName: Field<String> = .keep
    var domain: Field<String> = .keep
    var serverAddressOverride: Field<String> = .keep
    var sharedSecret: Field<Secret> = .keep

    /// The configuration after the change, with the same revision.
    ///
    /// Throws where the values are right by themselves, but not together.
    func applied(to current: StoredConfiguration) throws(ParameterError) -> StoredConfiguration {
        var result = current
        result.uniqueName = uniqueName.applied(to: current.uniqueName)
        result.domain = domain.applied(to: current.domain)
        result.serverAddressOverride = serverAddressOverride.applied(to: current.serverAddressOverride)
        result.sharedSecret = sharedSecret.applied(to: current.sharedSecret)
        if let name = result.uniqueName, let domain = result.domain {
            let jid = BridgeSettings.componentJID(uniqueName: name, domain: domain)
            if jid.utf8.count > Self.longestJID {
                throw ParameterError(
                    .uniqueName, .invalidValue, "The component's JID \(jid) is longer than \(Self.longestJID) bytes.")
            }
        }
        return result
    }

    /// The parameters in which two configurations differ, in the contract's order.
    static func names(of old: StoredConfiguration, _ new: StoredConfiguration) -> [BridgeSettings.Parameter] {
        BridgeSettings.Parameter.allCases.filter { parameter in
            switch parameter {
            case .uniqueName: old.uniqueName != new.uniqueName
            case .domain: old.domain != new.domain
            case .serverAddressOverride: old.serverAddressOverride != new.serverAddressOverride
            case .sharedSecret: old.sharedSecret != new.sharedSecret
            }
        }
    }
}
