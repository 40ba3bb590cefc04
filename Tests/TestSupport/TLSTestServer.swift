internal import COpenSSL
internal import NIOConcurrencyHelpers

/// The shared half of a TLS server for tests: certificate, options, and a log of the clients seen.
///
/// Make a ``TLSServerHandler`` from it for a real channel, or a ``TLSTestServerSession`` to carry bytes by hand.
public final class TLSTestServer: Sendable {
    /// How it behaves.
    public let options: TLSTestServerOptions

    private let log = NIOLockedValueBox<[TLSTestServerVisit]>([])
    // Reference-counted with atomics, and only read once init has set it up; sessions on several threads share it.
    private nonisolated(unsafe) let context: OpaquePointer

    /// Sets the server up.
    public init(_ options: TLSTestServerOptions) throws {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TestCertificateError("no context") }
        self.options = options
        self.context = context
        try configure()
    }

    deinit {
        SSL_CTX_free(context)
    }

    /// The clients seen so far, in the order in which their handshakes ended.
    public var visits: [TLSTestServerVisit] {
        log.withLockedValue { $0 }
    }

    func note(_ visit: TLSTestServerVisit) {
        log.withLockedValue { $0.append(visit) }
    }

    /// A new session (`SSL *`), owned by the caller, who also keeps this server alive.
    func makeSession() -> OpaquePointer? {
        SSL_new(context)
    }

    private func configure() throws {
        let newest = options.newestVersion == .tls12 ? TLS1_2_VERSION : TLS1_3_VERSION
        let certificate = try TestCertificateOpenSSL.readCertificate(options.certificate.certificatePEM)
        defer { X509_free(certificate) }
        let key = try TestCertificateOpenSSL.readKey(options.certificate.privateKeyPEM)
        defer { EVP_PKEY_free(key) }
        guard shim_SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1,
            shim_SSL_CTX_set_max_proto_version(context, newest) == 1,
            SSL_CTX_use_certificate(context, certificate) == 1, SSL_CTX_use_PrivateKey(context, key) == 1
        else { throw TestCertificateError("server certificate refused") }
        try addIssuers()
        switch options.clientCertificates {
        case .ignored: break
        case .optional(let authority): try ask(for: authority, SSL_VERIFY_PEER)
        case .required(let authority): try ask(for: authority, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)
        }
        // Unretained: sessions, which alone call back, keep the server alive.
        shim_SSL_CTX_set_tlsext_servername_callback(
            context,
            { session, alert, server in
                guard let session, let alert, let server else { return SSL_TLSEXT_ERR_NOACK }
                let options = Unmanaged<TLSTestServer>.fromOpaque(server).takeUnretainedValue().options
                guard let known = options.hostNames else { return SSL_TLSEXT_ERR_OK }
                let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
                guard name.map({ !known.contains($0) }) ?? true else { return SSL_TLSEXT_ERR_OK }
                alert.pointee = SSL_AD_UNRECOGNIZED_NAME
                return SSL_TLSEXT_ERR_ALERT_FATAL
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func addIssuers() throws {
        guard !options.certificate.issuersPEM.isEmpty else { return }
        var remaining: [OpaquePointer] = []
        defer { for issuer in remaining { X509_free(issuer) } }
        remaining = try TestCertificateOpenSSL.read(options.certificate.issuersPEM) { source in
            var issuers: [OpaquePointer] = []
            while let issuer = PEM_read_bio_X509(source, nil, nil, nil) { issuers.append(issuer) }
            return issuers
        }
        ERR_clear_error()
        for issuer in remaining where shim_SSL_CTX_add1_chain_cert(context, issuer) != 1 {
            throw TestCertificateError("issuer refused")
        }
    }

    private func ask(for authority: TestCertificateAuthority, _ mode: Int32) throws {
        let root = try TestCertificateOpenSSL.readCertificate(authority.certificatePEM)
        defer { X509_free(root) }
        guard X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root) == 1 else {
            throw TestCertificateError("client authority refused")
        }
        SSL_CTX_set_verify(context, mode, nil)
        // OpenSSL refuses to resume sessions with client certificates without one.
        let name = Array("callbridge".utf8)
        SSL_CTX_set_session_id_context(context, name, UInt32(name.count))
    }
}
