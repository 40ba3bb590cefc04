internal import BridgeEngine

/// Reads the parameters of a Call Bridge's user from a client's names and values.
enum BridgeUserParameters {
    /// A parameter; the words and their order are part of the HTTP contract.
    enum Name: String, Sendable, CaseIterable {
        case userJid, name, password
    }

    /// The change that the pairs describe, or everything that is wrong with them, in the contract's order.
    /// - Parameter isNew: whether they are of a new user, who needs a JID and a password.
    static func change(from pairs: [NamedValue], isNew: Bool) -> Result<BridgeUserChange, ParameterErrors> {
        var change = BridgeUserChange()
        var errors: [ParameterError] = []
        for name in Name.allCases {
            let named = pairs.filter { $0.name == name.rawValue }
            if let pair = named.first {
                guard named.count == 1 else {
                    errors.append(error(name, .duplicateParameter, "\(pair.name) is given more than once."))
                    continue
                }
                do throws(ParameterError) {
                    try set(name, pair.value, in: &change)
                } catch {
                    errors.append(error)
                }
            } else if isNew, name != .name {
                errors.append(error(name, .missingParameter, "A new user needs a \(name.rawValue)."))
            }
        }
        for (index, pair) in pairs.enumerated() where Name(rawValue: pair.name) == nil {
            let mayBeSecret = pairs[..<index].contains { $0.name == Name.password.rawValue }
            errors.append(ParameterError(unknown: pair, mayBeSecret: mayBeSecret))
        }
        return errors.isEmpty ? .success(change) : .failure(ParameterErrors(errors))
    }

    /// Of a JID that another user has.
    static var taken: ParameterErrors {
        ParameterErrors([error(.userJid, .alreadyExists, "There is a user with this JID already.")])
    }

    private static func set(
        _ name: Name, _ value: String?, in change: inout BridgeUserChange
    ) throws(ParameterError) {
        guard let value else { throw error(name, .invalidValue, "The value is not properly encoded, or is no text.") }
        do throws(UserError) {
            switch name {
            case .userJid: change.userJid = try UserJID(checking: value)
            case .name:
                try UserRules.check(displayName: value)
                change.name = value
            case .password:
                let password = Secret(value)
                try UserRules.check(password: password)
                change.password = password
            }
        } catch {
            throw Self.error(name, .invalidValue, error.message)
        }
    }

    private static func error(_ name: Name, _ kind: ParameterError.Kind, _ detail: String) -> ParameterError {
        ParameterError(parameter: name.rawValue, kind, detail)
    }
}
