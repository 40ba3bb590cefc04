internal import BridgeEngine

/// The XMPP configuration as it is stored.
struct StoredConfiguration: Sendable, Equatable {
    /// Grows by one with each stored change; 0 while nothing was ever stored.
    var revision = 0
    /// In lower case; nil where there is none.
    var uniqueName: String?
    /// In lower case and A-label form.
    var domain: String?
    /// As it was written, in lower case.
    var serverAddressOverride: String?
    var sharedSecret: Secret?

    /// Whether the stored address can be read; it was checked when it was stored, by this or another version.
    var hasReadableAddress: Bool { serverAddressOverride.map { ServerAddress($0) != nil } ?? true }

    /// What the bridge is told.
    var bridgeSettings: BridgeSettings {
        BridgeSettings(
            uniqueName: uniqueName, domain: domain,
            serverAddressOverride: serverAddressOverride.flatMap { ServerAddress($0) }, sharedSecret: sharedSecret)
    }
}
