internal import BridgeEngine

/// The other side of the connection: what an XMPP server has to be told about the Call Bridge.
struct PeerConfiguration {
    /// The component's JID.
    let jid: String
    /// The XMPP domain.
    let domain: String
    /// The component's password.
    let secret: Secret
    /// The XMPP server's own name, as DNS tells it.
    let host: String
    /// The TLS port.
    let port: UInt16
    /// The server's certificate with its chain, a path on the server.
    let certificate: String
    /// The certificate's key, a path on the server.
    let key: String
    /// The authority that has signed the Call Bridge's certificate, a path on the server.
    let clientAuthority: String

    /// The DNS record that leads to the server, as in a zone file (RFC 2782).
    var serviceRecord: String { "_xmpp-component._tcp.\(domain). IN SRV 0 0 \(port) \(host)." }
}
