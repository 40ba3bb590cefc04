/// What is worth a warning about the certificate that the XMPP server has shown (RFC 7590 §3.6).
///
/// Pure; the caller brings the clock.
struct CertificateWatch {
    /// A certificate that ends within this time is worth a warning: 30 days.
    static let notice = Duration.seconds(30 * 86_400)

    /// The warnings about the last connection.
    private(set) var warnings: [BridgeStatus.Warning] = []
    /// Which server was connected last, and the SHA-256 of what it showed.
    private var last: (server: String, sha256: String)?

    /// Looks at a new connection.
    /// - Parameters:
    ///   - domain: the XMPP domain.
    ///   - target: the host that was dialled. The servers of one domain may well have a certificate each, so another
    ///     server is no change.
    mutating func connected(
        to domain: String, at target: DialTarget?, _ certificate: PeerCertificate?, _ now: Timestamp
    ) {
        warnings = []
        guard let certificate else { return }
        let server = "\(domain) \(target?.description ?? "")"
        if let last, last.server == server, last.sha256 != certificate.sha256 { warnings.append(.certificateChanged) }
        last = (server, certificate.sha256)
        let end = Timestamp(milliseconds: certificate.notAfter * 1000)
        if end <= now.advanced(by: Self.notice) { warnings.append(.certificateEndsSoon) }
    }
}
