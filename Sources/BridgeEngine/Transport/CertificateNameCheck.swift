/// Compares a certificate's names with those a server must prove, by the rules of RFC 9525.
///
/// Names are compared ASCII case-insensitively, as A-labels. A `*` counts only as the whole left-most label and matches
/// exactly one label; any other entry with a `*` is ignored. A common name never counts. The domain may also be named
/// by an SRVName `_xmpp-component.<domain>` or an xmppAddr, both without wildcards; the host only by a dNSName or, where
/// it is an address, an iPAddress.
struct CertificateNameCheck: Sendable, Equatable {
    /// Whether the certificate names the XMPP domain.
    let namesDomain: Bool
    /// Whether it names the host, or needs not to (``ExpectedIdentity/Host/loopback``).
    let namesHost: Bool

    init(_ names: CertificateNames, identity: ExpectedIdentity) {
        namesDomain = names.entries.contains { Self.entry($0, namesDomain: identity.domain) }
        namesHost =
            switch identity.host {
            case .name(let host):
                names.entries.contains { entry in
                    guard case .dns(let pattern) = entry else { return false }
                    return Self.pattern(pattern, matches: host)
                }
            case .address(let address): names.entries.contains(.address(address))
            case .loopback: true
            }
    }

    private static func entry(_ entry: CertificateNames.Entry, namesDomain domain: String) -> Bool {
        switch entry {
        case .dns(let pattern): pattern.isEmpty ? false : Self.pattern(pattern, matches: domain)
        case .service(let name): isEqual(name, "_xmpp-component.\(domain)")
        case .xmpp(let name): isEqual(name, domain)
        case .address, .other: false
        }
    }

    /// Whether a dNSName entry matches a name (RFC 9525 §6.3).
    static func pattern(_ pattern: String, matches name: String) -> Bool {
        let presented = labels(pattern)
        var reference = labels(name)
        if reference.last?.isEmpty == true { reference.removeLast() }
        guard presented.count == reference.count, !reference.isEmpty else { return false }
        guard reference.allSatisfy({ !$0.isEmpty && !$0.contains(UInt8(ascii: "*")) }) else { return false }
        guard presented.first == [UInt8(ascii: "*")] else { return presented == reference }
        // A lone `*` would name every machine of a network without a domain.
        return presented.count > 1 && presented.dropFirst() == reference.dropFirst()
    }

    /// The labels in lower case.
    private static func labels(_ name: String) -> [[UInt8]] {
        lowercased(name).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
    }

    private static func isEqual(_ left: String, _ right: String) -> Bool {
        lowercased(left) == lowercased(right)
    }

    private static func lowercased(_ name: String) -> [UInt8] {
        name.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
