internal import COpenSSL
public import NIOCore

/// One client's session on the side of a ``TLSTestServer``: bytes in, bytes out, no socket.
///
/// ```swift
/// session.receive(bytesOfClient)
/// try session.advance()
/// let answer = session.takeOutput()
/// ```
public final class TLSTestServerSession {
    /// Whether the handshake is complete.
    public private(set) var isEstablished = false
    /// Whether the client's close_notify was read.
    public private(set) var inputEnded = false
    /// What the client has sent, decrypted; whoever reads it empties it.
    public var plaintext = ByteBuffer()
    /// What was seen of the client so far.
    public var visit: TLSTestServerVisit { seen.visit }

    /// OpenSSL's callback writes into it while a call made here is under way.
    private final class Seen {
        var visit = TLSTestServerVisit()
    }

    private let server: TLSTestServer
    private let session: OpaquePointer
    // Owned by the session.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private let seen = Seen()
    private var failed = false

    /// A session that waits for a client's first bytes.
    public init(_ server: TLSTestServer) throws {
        guard let session = server.makeSession(), let incoming = BIO_new(BIO_s_mem()),
            let outgoing = BIO_new(BIO_s_mem())
        else { throw TestCertificateError("no session") }
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_accept_state(session)
        self.server = server
        self.session = session
        self.incoming = incoming
        self.outgoing = outgoing
        SSL_set_msg_callback(session) { isOutgoing, _, contentType, bytes, count, _, argument in
            guard isOutgoing == 0, contentType == SSL3_RT_HANDSHAKE, let bytes, let argument,
                Int32(bytes.load(as: UInt8.self)) == SSL3_MT_CERTIFICATE, count > 8
            else { return }
            // Unretained: deinit frees the session first.
            Unmanaged<Seen>.fromOpaque(argument).takeUnretainedValue().visit.certificateMessages += 1
        }
        shim_SSL_set_msg_callback_arg(session, Unmanaged.passUnretained(seen).toOpaque())
    }

    deinit {
        SSL_free(session)
    }

    /// Adds bytes that came from the client.
    public func receive(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { bytes in
            _ = BIO_write(incoming, bytes.baseAddress, Int32(bytes.count))
        }
    }

    /// Goes on with the handshake, then decrypts into ``plaintext``. The log of the server gets an entry when the
    /// handshake ends.
    ///
    /// - Throws: when the handshake or the session has failed; the alert is in ``takeOutput()``.
    public func advance() throws {
        guard !failed else { return }
        ERR_clear_error()
        if !isEstablished {
            let result = SSL_do_handshake(session)
            guard result == 1 else {
                guard SSL_get_error(session, result) == SSL_ERROR_WANT_READ else { throw failure() }
                return
            }
            isEstablished = true
            noteVisit(failure: nil)
        }
        while !inputEnded {
            ERR_clear_error()
            var count = 0
            let result = plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 16384) { space in
                SSL_read_ex(session, space.baseAddress, space.count, &count) == 1 ? count : 0
            }
            guard result == 0 else { continue }
            switch SSL_get_error(session, 0) {
            case SSL_ERROR_WANT_READ: return
            case SSL_ERROR_ZERO_RETURN: inputEnded = true
            default: throw failure()
            }
        }
    }

    /// Encrypts for the client; only once established.
    public func write(_ bytes: ByteBuffer) throws {
        guard bytes.readableBytes > 0 else { return }
        ERR_clear_error()
        let result = bytes.withUnsafeReadableBytes { bytes in
            var count = 0
            return SSL_write_ex(session, bytes.baseAddress, bytes.count, &count)
        }
        guard result == 1 else { throw failure() }
    }

    /// Ends the server's half with close_notify.
    public func shutdown() {
        ERR_clear_error()
        _ = SSL_shutdown(session)
        ERR_clear_error()
    }

    /// What is to be sent to the client, or `nil`.
    public func takeOutput() -> ByteBuffer? {
        let pending = BIO_ctrl_pending(outgoing)
        guard pending > 0 else { return nil }
        var buffer = ByteBuffer()
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) { space in
            Int(max(0, BIO_read(outgoing, space.baseAddress, Int32(pending))))
        }
        return buffer
    }

    private func failure() -> TestCertificateError {
        failed = true
        let error = TestCertificateError("TLS failed")
        if !isEstablished { noteVisit(failure: error.description) }
        return error
    }

    private func noteVisit(failure: String?) {
        seen.visit.serverName = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
        seen.visit.version = SSL_get_version(session).map { String(cString: $0) } ?? ""
        seen.visit.failure = failure
        if failure == nil, let certificate = SSL_get0_peer_certificate(session) {
            var name = [CChar](repeating: 0, count: 256)
            let subject = X509_get_subject_name(certificate)
            let count = X509_NAME_get_text_by_NID(subject, NID_commonName, &name, Int32(name.count))
            let bytes = name.prefix(Int(max(0, count))).map { UInt8(bitPattern: $0) }
            seen.visit.clientCommonName = String(decoding: bytes, as: UTF8.self)
        }
        server.note(seen.visit)
    }
}
