/// What was agreed in a TLS handshake.
public struct TLSSessionInfo: Sendable, Equatable, Codable {
    /// The protocol: `TLSv1.3` or `TLSv1.2`.
    public let version: String
    /// The cipher suite by its registered name, such as `TLS_AES_256_GCM_SHA384`.
    public let cipher: String
    /// Whether the server asked for our certificate and it was sent; of a resumed session, when that was made. In TLS 1.3 the server may still refuse it.
    public let mutual: Bool
    /// Whether an earlier session was resumed.
    public let resumed: Bool
    /// The server's certificate.
    public let peer: PeerCertificate?

    /// Puts a description together; the engine makes it from a finished handshake, tests from nothing.
    public init(version: String, cipher: String, mutual: Bool, resumed: Bool, peer: PeerCertificate?) {
        self.version = version
        self.cipher = cipher
        self.mutual = mutual
        self.resumed = resumed
        self.peer = peer
    }
}
