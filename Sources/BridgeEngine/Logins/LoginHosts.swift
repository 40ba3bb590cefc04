/// Which XMPP hosts may ask about logins.
///
/// Never a user: whoever is logged in could try passwords through the bridge.
public struct LoginHosts: Sendable, Equatable {
    /// The hosts that were named, in lower case; empty: the domain and the hosts directly under it.
    public let listed: [String]

    /// The default: the domain and the hosts directly under it.
    public init() { listed = [] }

    /// Only these hosts, and of them only the domain itself and what is under it.
    /// - Parameter listed: DNS names as ``DNSName/normalized(_:)`` makes them; empty: the default.
    public init(listed: [String]) { self.listed = listed }

    /// Whether a host may ask the component of a domain.
    /// - Parameters:
    ///   - host: a stanza's `from`: anything but a host alone may not.
    ///   - domain: the XMPP domain of the configuration, in lower case.
    public func allow(_ host: String, for domain: String) -> Bool {
        guard let host = DNSName.normalized(host), Self.isWithin(host, domain) else { return false }
        if !listed.isEmpty { return listed.contains(host) }
        return host == domain || !host.dropLast(domain.utf8.count + 1).contains(".")
    }

    /// Whether a host is the domain or somewhere under it; both in lower case.
    public static func isWithin(_ host: String, _ domain: String) -> Bool {
        host == domain || host.hasSuffix("." + domain)
    }
}
