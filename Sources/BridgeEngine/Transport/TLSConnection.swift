internal import COpenSSL
internal import NIOCore

/// One TLS session: an OpenSSL `SSL` object between two memory BIOs, bytes in and bytes out, no socket.
///
/// Belongs to one event loop. After each call that may fail or produce bytes, ``takeOutput(_:)`` has what is to be sent,
/// also after a failure: then it is the alert.
final class TLSConnection {
    /// Whether the server's half of the stream is still open.
    enum Input: Sendable, Equatable {
        /// More may come.
        case open
        /// The server's close_notify was read: nothing more comes.
        case closed
    }

    private let session: OpaquePointer
    // Owned by the session, which frees them.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    // The session's callbacks hold it unretained. They run only inside calls made here, and deinit frees the session
    // before stored properties are released.
    private let evidence: TLSEvidence

    /// Prepares a session; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - serverName: the XMPP domain, sent as server name indication unless it is an IP address (RFC 6066 §3).
    ///   - resumes: whether an earlier session is offered, if there is one.
    init(
        material: TLSMaterial, serverName: String, identity: ExpectedIdentity, resumes: Bool = true
    ) throws(TLSFailure) {
        OpenSSLError.clear()
        guard let session = material.makeSession() else { throw Self.setUpFailure("No TLS session could be made") }
        guard let incoming = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            throw Self.setUpFailure("No buffer could be made")
        }
        guard let outgoing = BIO_new(BIO_s_mem()) else {
            BIO_free(incoming)
            SSL_free(session)
            throw Self.setUpFailure("No buffer could be made")
        }
        SSL_set_bio(session, incoming, outgoing)
        self.session = session
        self.incoming = incoming
        self.outgoing = outgoing
        evidence = TLSEvidence(
            serverName: serverName, identity: identity, verification: material.verification,
            hasCertificate: material.hasCertificate, demandsRevocationLists: material.demandsRevocationLists,
            sessions: material.sessions)
        // From here on a throw runs deinit, which frees all three.
        SSL_set_connect_state(session)
        guard CertificateVerification.attach(evidence, to: session) else {
            throw Self.setUpFailure("No TLS session could be made")
        }
        observeCertificateMessages()
        if (try? SocketAddress(ipAddress: serverName, port: 0)) == nil {
            guard shim_SSL_set_tlsext_host_name(session, serverName) == 1 else {
                throw Self.setUpFailure("\"\(PrintableText.escape(serverName.utf8))\" can't be a server name")
            }
        }
        if resumes, let earlier = material.sessions.take(for: evidence.sessionKey), earlier.offer(on: session) {
            evidence.offered = earlier
        }
    }

    deinit {
        SSL_free(session)
    }

    private static func setUpFailure(_ what: String) -> TLSFailure {
        TLSFailure(reason: .tlsFailed, detail: "\(what): \(OpenSSLError.drain().summary).")
    }

    /// Lets the evidence say whether our certificate was asked for and sent.
    ///
    /// The messages themselves are looked at, because OpenSSL also answers with an empty list where the certificate it
    /// has does not fit what the server can verify.
    private func observeCertificateMessages() {
        SSL_set_msg_callback(session) { isOutgoing, _, contentType, bytes, count, _, argument in
            guard contentType == SSL3_RT_HANDSHAKE, count >= 4, let bytes, let argument else { return }
            let evidence = Unmanaged<TLSEvidence>.fromOpaque(argument).takeUnretainedValue()
            switch (Int32(bytes.load(as: UInt8.self)), isOutgoing) {
            case (SSL3_MT_CERTIFICATE_REQUEST, 0): evidence.certificateRequested = true
            // Four bytes of header, then an empty context (TLS 1.3 only) and an empty list: eight bytes at most.
            case (SSL3_MT_CERTIFICATE, 1): evidence.certificateSent = count > 8
            default: break
            }
        }
        shim_SSL_set_msg_callback_arg(session, Unmanaged.passUnretained(evidence).toOpaque())
    }

    /// Adds bytes that came from the server.
    func receive(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { bytes in
            // A memory BIO takes everything, it has no limit; the caller hands over small pieces.
            _ = BIO_write(incoming, bytes.baseAddress, Int32(clamping: bytes.count))
        }
    }

    /// Goes on with the handshake.
    ///
    /// - Returns: whether our side of it is complete.
    func handshake() throws(TLSFailure) -> Bool {
        OpenSSLError.clear()
        let result = SSL_do_handshake(session)
        guard result != 1 else {
            keepResumedSession()
            return true
        }
        guard SSL_get_error(session, result) == SSL_ERROR_WANT_READ else { throw failure() }
        return false
    }

    /// In TLS 1.2 a session that was resumed can be resumed again; in TLS 1.3 the server sends new tickets.
    private func keepResumedSession() {
        guard SSL_session_reused(session) == 1, SSL_version(session) == TLS1_2_VERSION, let offered = evidence.offered
        else { return }
        evidence.sessions.keep(offered, for: evidence.sessionKey)
    }

    /// Decrypts all that has come; what was decrypted before a failure is in the buffer all the same.
    func read(into plaintext: inout ByteBuffer) throws(TLSFailure) -> Input {
        while true {
            var count = 0
            OpenSSLError.clear()
            let result = plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.recordSize) { space in
                let result = SSL_read_ex(session, space.baseAddress, space.count, &count)
                return result == 1 ? count : 0
            }
            if result > 0 {
                evidence.receivedData = true
                continue
            }
            switch SSL_get_error(session, 0) {
            case SSL_ERROR_WANT_READ: return .open
            case SSL_ERROR_ZERO_RETURN: return .closed
            default: throw failure()
            }
        }
    }

    /// Encrypts all readable bytes, of which there must be some.
    func write(_ plaintext: ByteBuffer) throws(TLSFailure) {
        OpenSSLError.clear()
        let result = plaintext.withUnsafeReadableBytes { bytes in
            var count = 0
            return SSL_write_ex(session, bytes.baseAddress, bytes.count, &count)
        }
        // A memory BIO never asks to wait, and without renegotiation a write never has to read first.
        guard result == 1 else { throw failure() }
    }

    /// Ends our half with close_notify; the server's half stays readable. Best effort.
    func shutdown() {
        OpenSSLError.clear()
        _ = SSL_shutdown(session)
        OpenSSLError.clear()
    }

    /// What is to be sent to the server now, or `nil`.
    func takeOutput(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        let pending = BIO_ctrl_pending(outgoing)
        guard pending > 0 else { return nil }
        var buffer = allocator.buffer(capacity: pending)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) { space in
            Int(max(0, BIO_read(outgoing, space.baseAddress, Int32(clamping: pending))))
        }
        return buffer
    }

    /// What was agreed; meaningful once the handshake is complete.
    func info() -> TLSSessionInfo {
        let cipher = SSL_get_current_cipher(session)
        let name = cipher.flatMap { SSL_CIPHER_standard_name($0) ?? SSL_CIPHER_get_name($0) }
        let resumed = SSL_session_reused(session) == 1
        return TLSSessionInfo(
            version: SSL_get_version(session).map { String(cString: $0) } ?? "",
            cipher: name.map { String(cString: $0) } ?? "",
            mutual: evidence.isMutual(resumed: resumed),
            resumed: resumed,
            peer: SSL_get0_peer_certificate(session).map { CertificateReader.describe($0) })
    }

    private func failure() -> TLSFailure {
        TLSFailure.diagnose(OpenSSLError.drain(), evidence)
    }

    /// The largest plaintext of one record (RFC 8446 §5.1).
    private static let recordSize = 16384
}
