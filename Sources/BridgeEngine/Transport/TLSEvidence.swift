/// What is known about a TLS session when it fails; enough to say why.
///
/// A reference type because OpenSSL's callbacks fill it in: they run on the connection's event loop, inside the calls
/// that ``TLSConnection`` makes, which keeps it alive longer than the `SSL` object that points at it.
final class TLSEvidence {
    /// The XMPP domain, which is the server name that was asked for.
    let serverName: String
    /// The names the server must prove.
    let identity: ExpectedIdentity
    /// How much is checked.
    let verification: TLSVerification
    /// Whether there is a certificate of ours at all.
    let hasCertificate: Bool
    /// Whether each certificate of the chain needs a revocation list of its issuer.
    let demandsRevocationLists: Bool
    /// Where sessions go that can be resumed.
    let sessions: TLSSessionCache
    /// The session that is offered to the server.
    var offered: TLSResumableSession?

    /// Whether the server asked for our certificate.
    var certificateRequested = false
    /// Whether we sent one (and not the empty answer).
    var certificateSent = false
    /// What the chain check found wrong, while it runs.
    var chainProblems: [CertificateProblem] = []
    /// OpenSSL's number for the first of them that makes the chain untrusted; it chooses the alert.
    var untrustedCode: Int32?
    /// Why the server's certificate was refused.
    var certificateFailure: TLSFailure?
    /// Whether the server has sent data of the application, which it does only when its side is complete too.
    var receivedData = false

    init(
        serverName: String, identity: ExpectedIdentity, verification: TLSVerification, hasCertificate: Bool,
        demandsRevocationLists: Bool = false, sessions: TLSSessionCache = TLSSessionCache()
    ) {
        self.serverName = serverName
        self.identity = identity
        self.verification = verification
        self.hasCertificate = hasCertificate
        self.demandsRevocationLists = demandsRevocationLists
        self.sessions = sessions
    }

    /// Whether our certificate was asked for and sent, in this handshake or in that of the session that is resumed.
    func isMutual(resumed: Bool) -> Bool {
        resumed ? offered?.mutual == true : certificateRequested && certificateSent
    }

    /// Which sessions may be resumed here.
    var sessionKey: TLSSessionCache.Key { TLSSessionCache.Key(serverName: serverName, identity: identity) }
}
