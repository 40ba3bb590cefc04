internal import COpenSSL

/// A session that the server offered to resume (`SSL_SESSION *`); owns one reference to it.
///
/// Unchecked, because a pointer is never Sendable by itself: OpenSSL counts the references with atomics, and nothing here
/// changes the session once it is made.
final class TLSResumableSession: @unchecked Sendable {
    /// Whether our certificate was asked for and sent when the session was made; it is not sent again.
    let mutual: Bool
    /// Until when it may be used, seconds since 1970.
    let expires: Int64
    private let session: OpaquePointer

    /// Takes over the caller's reference.
    /// - Parameter longest: the age up to which it is used, seconds; less where the server's certificate ends before.
    init(adopting session: OpaquePointer, mutual: Bool, longest: Int64) {
        self.session = session
        self.mutual = mutual
        let end = SSL_SESSION_get0_peer(session).map { CertificateReader.describe($0).notAfter } ?? 0
        expires = min(Int64(SSL_SESSION_get_time(session)) + longest, end)
    }

    deinit {
        SSL_SESSION_free(session)
    }

    /// Makes a connection (`SSL *`) that has not begun offer it; false where OpenSSL does not take it.
    func offer(on connection: OpaquePointer) -> Bool {
        SSL_set_session(connection, session) == 1
    }
}
