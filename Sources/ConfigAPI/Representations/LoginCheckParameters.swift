internal import BridgeEngine

/// Reads a login to be decided from a client's names and values.
enum LoginCheckParameters {
    /// The parameters by the names that the HTTP contract uses, in its order.
    enum Parameter: String, Sendable, CaseIterable {
        case username, host, resource, password
    }

    /// The longest name and resource, in bytes: those of a JID (RFC 7622 §3.1).
    static let longestPart = 1023

    /// The longest password, in bytes.
    static let longestPassword = 1024

    /// The login that the pairs describe, or everything that is wrong with them, in the contract's order.
    ///
    /// An empty password is one, as over the component's connection: it is for who decides to find it wrong.
    static func login(from pairs: [NamedValue]) -> Result<LoginRequest, ParameterErrors> {
        var (username, host, resource, password) = ("", "", String?.none, Secret(""))
        let errors = ParameterReader.read(pairs, required: [.username, .host, .password], secret: Parameter.password) {
            (parameter, value) throws(ParameterError) in
            switch parameter {
            case .username: username = try text(value, .username, 1...longestPart)
            case .host: host = try self.host(value)
            case .resource: resource = value.isEmpty ? nil : try text(value, .resource, 1...longestPart)
            case .password: password = Secret(try text(value, .password, 0...longestPassword))
            }
        }
        guard errors.isEmpty else { return .failure(ParameterErrors(errors)) }
        return .success(LoginRequest(username: username, host: host, resource: resource, password: password))
    }

    private static func text(
        _ value: String, _ parameter: Parameter, _ bytes: ClosedRange<Int>
    ) throws(ParameterError) -> String {
        guard bytes.contains(value.utf8.count) else {
            throw ParameterError(
                parameter: parameter.rawValue, .invalidValue,
                "\(parameter.rawValue) has \(bytes.lowerBound) to \(bytes.upperBound) bytes of UTF-8.")
        }
        return value
    }

    private static func host(_ value: String) throws(ParameterError) -> String {
        guard let host = DNSName.normalized(DNSName.aLabels(of: value)) else {
            throw ParameterError(
                parameter: Parameter.host.rawValue, .invalidValue,
                "This is not a DNS name of at most \(DNSName.maximumLength) characters.")
        }
        return host
    }
}
