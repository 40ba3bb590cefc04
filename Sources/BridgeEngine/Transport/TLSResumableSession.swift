internal import COpenSSL

/// A session that the server offered to resume: a copy of its own (`SSL_SESSION *`).
///
/// Unchecked, because a pointer is never Sendable by itself. OpenSSL may change the session of a live connection, so no
/// connection ever has this one: it is a copy, connections get copies of it, and nothing changes it until it is freed.
final class TLSResumableSession: @unchecked Sendable {
    /// Whether our certificate was asked for and sent when the session was made; it is not sent again.
    let mutual: Bool
    /// Until when it may be used, seconds since 1970.
    let expires: Int64
    private let session: OpaquePointer

    /// Copies a connection's session; nil where memory is short.
    /// - Parameters:
    ///   - longest: the age up to which it is used, seconds; less where the server's certificate ends before.
    ///   - earlier: the session that this one goes back to. The certificate was checked then, so its end stays.
    init?(copying session: OpaquePointer, mutual: Bool, longest: Int64, earlier: TLSResumableSession?) {
        guard let copy = SSL_SESSION_dup(session) else { return nil }
        self.session = copy
        self.mutual = mutual
        let end = SSL_SESSION_get0_peer(copy).map { CertificateReader.end(of: $0) } ?? 0
        expires = min(Int64(SSL_SESSION_get_time(copy)) + longest, end, earlier?.expires ?? .max)
    }

    /// The same session with another end, for tests; nil where memory is short.
    init?(testing other: TLSResumableSession, expires: Int64) {
        guard let copy = SSL_SESSION_dup(other.session) else { return nil }
        session = copy
        mutual = other.mutual
        self.expires = expires
    }

    deinit {
        SSL_SESSION_free(session)
    }

    /// Makes a connection (`SSL *`) that has not begun offer it; false where OpenSSL does not take it.
    func offer(on connection: OpaquePointer) -> Bool {
        guard let copy = SSL_SESSION_dup(session) else { return false }
        defer { SSL_SESSION_free(copy) }
        return SSL_set_session(connection, copy) == 1
    }
}
