/// What an administrator configures: where the XMPP server is and as whom to register there.
///
/// Each field may be missing; ``missing`` says what keeps the bridge from connecting. Values are taken as they are:
/// whoever takes them from a person checks them with ``DNSName`` and ``ServerAddress`` first.
public struct BridgeSettings: Sendable, Equatable {
    /// The settings by the names that the HTTP contract uses, in its order.
    public enum Parameter: String, Sendable, CaseIterable {
        case uniqueName, domain, serverAddressOverride, sharedSecret
    }

    /// The Call Bridge's name at the XMPP server: one or more DNS labels in lower case.
    public var uniqueName: String?
    /// The XMPP domain, in lower case and A-label form.
    public var domain: String?
    /// Where the server is; nil means: ask DNS for `_xmpp-component._tcp.<domain>`.
    public var serverAddressOverride: ServerAddress?
    /// The component's password.
    public var sharedSecret: Secret?

    /// Settings with the given values; nil where there is none.
    public init(
        uniqueName: String? = nil, domain: String? = nil, serverAddressOverride: ServerAddress? = nil,
        sharedSecret: Secret? = nil
    ) {
        self.uniqueName = uniqueName
        self.domain = domain
        self.serverAddressOverride = serverAddressOverride
        self.sharedSecret = sharedSecret
    }

    /// The parameters without which there can be no connection.
    public var missing: [Parameter] {
        var missing: [Parameter] = []
        if uniqueName == nil { missing.append(.uniqueName) }
        if domain == nil { missing.append(.domain) }
        if sharedSecret == nil { missing.append(.sharedSecret) }
        return missing
    }

    /// The component's JID, `<uniqueName>.<domain>`, or `uniqueName` itself where it already ends in `.<domain>`.
    public static func componentJID(uniqueName: String, domain: String) -> String {
        uniqueName.hasSuffix("." + domain) ? uniqueName : "\(uniqueName).\(domain)"
    }

    /// The JID that the component would have, or nil while the name or the domain is missing.
    public var componentJID: String? {
        guard let uniqueName, let domain else { return nil }
        return Self.componentJID(uniqueName: uniqueName, domain: domain)
    }

    /// Everything a connection needs, or nil while something is missing.
    var account: ComponentAccount? {
        guard let uniqueName, let domain, let sharedSecret else { return nil }
        return ComponentAccount(
            jid: Self.componentJID(uniqueName: uniqueName, domain: domain), domain: domain,
            server: serverAddressOverride, secret: sharedSecret)
    }
}
