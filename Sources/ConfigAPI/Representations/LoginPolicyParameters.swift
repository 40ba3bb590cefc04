internal import BridgeEngine

/// Reads the parameters of the login policy from a client's names and values.
enum LoginPolicyParameters {
    /// The most hosts in a list.
    static let mostHosts = 64

    /// The change that the pairs describe, or everything that is wrong with them, in the contract's order.
    static func change(from pairs: [NamedValue]) -> Result<LoginPolicyChange, ParameterErrors> {
        var change = LoginPolicyChange()
        let errors = ParameterReader.read(pairs) {
            (parameter: LoginPolicyChange.Parameter, value) throws(ParameterError) in
            switch parameter {
            case .mode: change.mode = value.isEmpty ? .clear : .set(try mode(value))
            case .url: change.url = value.isEmpty ? .clear : .set(try url(value))
            case .hosts: change.hosts = value.isEmpty ? .clear : .set(try hosts(names(in: value)))
            }
        }
        return errors.isEmpty ? .success(change) : .failure(ParameterErrors(errors))
    }

    private static func mode(_ text: String) throws(ParameterError) -> LoginPolicy.Mode {
        guard let mode = LoginPolicy.Mode(rawValue: text) else {
            let words = LoginPolicy.Mode.allCases.map(\.rawValue).joined(separator: ", ")
            throw ParameterError(.mode, .invalidValue, "The mode is one of \(words).")
        }
        return mode
    }

    static func url(_ text: String) throws(ParameterError) -> String {
        if let problem = LoginServiceURL.problem(with: text) { throw ParameterError(.url, .invalidValue, problem) }
        return text
    }

    private static let separators: Set<Character> = [",", " ", "\t", "\r", "\n", "\r\n"]

    /// What stands between commas and blanks.
    private static func names(in text: String) throws(ParameterError) -> [String] {
        let names = text.split(whereSeparator: separators.contains).map(String.init)
        if names.isEmpty { throw ParameterError(.hosts, .invalidValue, "There is no host between the separators.") }
        return names
    }

    /// The hosts in lower case and A-label form, each once.
    static func hosts(_ names: [String]) throws(ParameterError) -> [String] {
        guard names.count <= mostHosts else {
            throw ParameterError(.hosts, .invalidValue, "There are more than \(mostHosts) hosts.")
        }
        var hosts: [String] = []
        for (index, name) in names.enumerated() {
            guard let host = DNSName.normalized(DNSName.aLabels(of: name)) else {
                throw ParameterError(
                    .hosts, .invalidValue,
                    "Host \(index + 1) is not a DNS name of at most \(DNSName.maximumLength) characters.")
            }
            if !hosts.contains(host) { hosts.append(host) }
        }
        return hosts
    }
}
