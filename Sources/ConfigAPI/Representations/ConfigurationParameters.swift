internal import BridgeEngine

/// Reads the parameters of a configuration from a client's names and values.
enum ConfigurationParameters {
    /// The longest shared secret, in bytes of UTF-8.
    static let longestSecret = 1024

    /// The change that the pairs describe, or everything that is wrong with them, in the contract's order.
    static func change(from pairs: [NamedValue]) -> Result<ConfigurationChange, ParameterErrors> {
        var change = ConfigurationChange()
        let errors = ParameterReader.read(pairs, secret: BridgeSettings.Parameter.sharedSecret) {
            (parameter, value) throws(ParameterError) in
            switch parameter {
            case .uniqueName: change.uniqueName = try field(value, uniqueName)
            case .domain: change.domain = try field(value, domain)
            case .serverAddressOverride: change.serverAddressOverride = try field(value, serverAddress)
            case .sharedSecret: change.sharedSecret = try field(value, sharedSecret)
            }
        }
        return errors.isEmpty ? .success(change) : .failure(ParameterErrors(errors))
    }

    /// An empty value clears the field.
    private static func field<Value>(
        _ text: String, _ read: (String) throws(ParameterError) -> Value
    ) throws(ParameterError) -> ConfigurationChange.Field<Value> {
        text.isEmpty ? .clear : .set(try read(text))
    }

    private static func uniqueName(_ text: String) throws(ParameterError) -> String {
        guard let name = DNSName.normalized(text) else {
            throw ParameterError(
                .uniqueName, .invalidValue,
                "The name is made of letters, digits and hyphens, in labels of 1 to 63 characters with dots between.")
        }
        return name
    }

    private static func domain(_ text: String) throws(ParameterError) -> String {
        guard let name = DNSName.normalized(DNSName.aLabels(of: text)) else {
            throw ParameterError(
                .domain, .invalidValue, "This is not a DNS name of at most \(DNSName.maximumLength) characters.")
        }
        return name
    }

    private static func serverAddress(_ text: String) throws(ParameterError) -> String {
        guard let address = ServerAddress(text) else {
            throw ParameterError(
                .serverAddressOverride, .invalidValue,
                "An address is host, host:port, a.b.c.d:port, [v6] or [v6]:port, with a port from 1 to 65535.")
        }
        return address.description
    }

    private static func sharedSecret(_ text: String) throws(ParameterError) -> Secret {
        let hasControl = text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard !hasControl, text.utf8.count <= longestSecret else {
            throw ParameterError(
                .sharedSecret, .invalidValue,
                "The secret has 1 to \(longestSecret) bytes of UTF-8 and no control characters.")
        }
        return Secret(text)
    }
}
