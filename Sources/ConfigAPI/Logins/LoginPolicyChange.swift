internal import BridgeEngine

/// What a client wants changed in the login policy: each parameter kept, cleared, or given a valid value.
struct LoginPolicyChange: Sendable, Equatable {
    /// The parameters by the names that the HTTP contract uses, in its order.
    enum Parameter: String, Sendable, CaseIterable {
        case mode, url, hosts
    }

    var mode: ConfigurationChange.Field<LoginPolicy.Mode> = .keep
    var url: ConfigurationChange.Field<String> = .keep
    var hosts: ConfigurationChange.Field<[String]> = .keep

    /// The policy after the change.
    ///
    /// A host that is listed already may stay, also where the domain is another one by now: what can be read can be
    /// written back.
    /// - Parameter domain: the XMPP domain of the configuration; nil: none yet, and each host may be under it one day.
    /// - Throws: where the values are right by themselves, but not together.
    func applied(to current: LoginPolicy, domain: String?) throws(ParameterErrors) -> LoginPolicy {
        let result = LoginPolicy(
            mode: mode.applied(to: current.mode) ?? .nobody, url: url.applied(to: current.url),
            hosts: hosts.applied(to: current.hosts) ?? [])
        var errors: [ParameterError] = []
        if result.mode == .http, result.url == nil {
            errors.append(ParameterError(.url, .missingParameter, "The mode http needs a url."))
        }
        let stranger = result.hosts.first { host in
            guard let domain, !current.hosts.contains(host) else { return false }
            return !LoginHosts.isWithin(host, domain)
        }
        if let stranger, let domain {
            errors.append(
                ParameterError(
                    .hosts, .invalidValue, "The host \(stranger) is neither the domain \(domain) nor under it."))
        }
        if !errors.isEmpty { throw ParameterErrors(errors) }
        return result
    }

    /// The parameters that are not kept, in the contract's order.
    var named: [Parameter] {
        Parameter.allCases.filter { parameter in
            switch parameter {
            case .mode: mode != .keep
            case .url: url != .keep
            case .hosts: hosts != .keep
            }
        }
    }

    /// The parameters in which two policies differ, in the contract's order.
    static func names(of old: LoginPolicy, _ new: LoginPolicy) -> [Parameter] {
        Parameter.allCases.filter { parameter in
            switch parameter {
            case .mode: old.mode != new.mode
            case .url: old.url != new.url
            case .hosts: old.hosts != new.hosts
            }
        }
    }
}

extension ParameterError {
    init(_ parameter: LoginPolicyChange.Parameter, _ kind: Kind, _ detail: String) {
        self.init(parameter: parameter.rawValue, kind, detail)
    }
}
