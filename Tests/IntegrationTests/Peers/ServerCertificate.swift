/// The certificates that an XMPP server may show: one for each row of the identity rules.
///
/// The XMPP domain is `example.test`, the server's own name `xmpp1.example.test`.
enum ServerCertificate: String, CaseIterable, Sendable {
    /// Names domain and server: what a good server has.
    case good
    /// Names only the XMPP domain.
    case domainOnly
    /// Names only the server.
    case hostOnly
    /// The domain, and `*.example.test` for each of several servers.
    case anyServer
    /// `*.example.test`: covers the server, not the domain.
    case wildcard
    /// The domain, and `xmpp*.example.test`, which RFC 9525 §6.3 does not allow.
    case partialWildcard
    /// The domain as SRVName (RFC 4985), the server as DNS name.
    case srvName
    /// The domain as xmppAddr (RFC 6120 §13.7.1.4), the server as DNS name.
    case xmppAddress
    /// The domain only as common name, which RFC 9525 §6.3 does not allow.
    case commonNameOnly
    /// Names the domain, and the server by its address, ``TestNetwork/address``.
    case address
    /// Names of somebody else.
    case foreignNames
    /// Good names, for clients only.
    case clientPurpose
    /// Good names, another authority.
    case otherAuthority
    /// Good names, signed by its own key.
    case selfSigned
    /// Good names, ended yesterday.
    case expired
    /// Good names, ends in 20 days.
    case endsSoon
    /// Good names, begins tomorrow.
    case notYetValid
    /// Good names, on the authority's revocation list.
    case revoked

    /// Subject common name.
    var commonName: String { self == .commonNameOnly ? "example.test" : "server" }

    /// OpenSSL's `subjectAltName` value; nil leaves the extension out.
    var names: String? {
        let server = "DNS:xmpp1.example.test"
        return switch self {
        case .good, .clientPurpose, .otherAuthority, .selfSigned, .expired, .endsSoon, .notYetValid, .revoked:
            "DNS:example.test,\(server)"
        case .domainOnly: "DNS:example.test"
        case .hostOnly: server
        case .anyServer: "DNS:example.test,DNS:*.example.test"
        case .wildcard: "DNS:*.example.test"
        case .partialWildcard: "DNS:example.test,DNS:xmpp*.example.test"
        case .srvName: "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-component.example.test,\(server)"
        case .xmppAddress: "otherName:1.3.6.1.5.5.7.8.5;UTF8:example.test,\(server)"
        case .commonNameOnly: nil
        case .address: "DNS:example.test,IP:\(TestNetwork.address)"
        case .foreignNames: "DNS:unrelated.test"
        }
    }

    /// OpenSSL's `extendedKeyUsage` value.
    var purposes: String { self == .clientPurpose ? "clientAuth" : "serverAuth" }

    /// First and last day, counted from today.
    var days: (first: Int, last: Int) {
        switch self {
        case .expired: (-3, -1)
        case .notYetValid: (1, 90)
        case .endsSoon: (-1, 20)
        default: (-1, 90)
        }
    }
}
