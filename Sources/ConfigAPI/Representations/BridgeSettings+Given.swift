public import BridgeEngine

extension BridgeSettings {
    /// The settings with other values, as a person writes them: checked and normalised as the API does it. What is not
    /// named keeps its value, an empty value clears it.
    /// - Throws: ``SettingsError``.
    public func changed(by values: [Parameter: String]) throws(SettingsError) -> BridgeSettings {
        let current = StoredConfiguration(
            uniqueName: uniqueName, domain: domain, serverAddressOverride: serverAddressOverride?.description,
            sharedSecret: sharedSecret)
        let pairs = values.map { NamedValue(name: $0.key.rawValue, value: $0.value) }
        switch ConfigurationParameters.change(from: pairs) {
        case .failure(let errors): throw SettingsError(errors)
        case .success(let change):
            do throws(ParameterError) {
                return try change.applied(to: current).bridgeSettings
            } catch {
                throw SettingsError(ParameterErrors([error]))
            }
        }
    }
}
