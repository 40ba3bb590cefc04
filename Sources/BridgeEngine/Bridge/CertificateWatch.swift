/// What is worth a warning about the certificate that the XMPP server has shown (RFC 7590 §3.6).
///
/// Pure; the caller brings the clock.
struct CertificateWatch {
    /// A certificate that ends within this time is worth a warning: 30 days.
    static let notice = Duration.seconds(30 * 86_400)

    /// The warnings about the last connection.
    var warnings: [BridgeStatus.Warning] {
        (hasChanged ? [.certificateChanged] : []) + (endsSoon ? [.certificateEndsSoon] : [])
    }
    /// Whether the server had shown another certificate before.
    private var hasChanged = false
    private var endsSoon = false
    /// When the certificate of the last connection ends.
    private var end: Timestamp?
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
        (hasChanged, endsSoon, end) = (false, false, nil)
        guard let certificate else { return }
        let server = "\(domain) \(target?.description ?? "")"
        if let last, last.server == server, last.sha256 != certificate.sha256 { hasChanged = true }
        last = (server, certificate.sha256)
        end = Timestamp(milliseconds: certificate.notAfter * 1000)
        review(now)
    }

    /// Looks at the certificate of the last connection again, as time goes by.
    mutating func review(_ now: Timestamp) {
        if let end { endsSoon = end <= now.advanced(by: Self.notice) }
    }

    /// When there will be something new to say about it; nil when there will not.
    func nextReview(after now: Timestamp) -> Timestamp? {
        guard let end else { return nil }
        return [end.advanced(by: .zero - Self.notice), end].first { $0 > now }
    }

    /// Whether the certificate of the last connection has ended.
    func hasEnded(_ now: Timestamp) -> Bool { end.map { $0 <= now } ?? false }
}
