internal import COpenSSL

/// Certificate, key and trust store for connections to the XMPP server.
///
/// It never changes: new files mean a new material, and connections under way keep the old one. All connections share
/// its one `SSL_CTX`, because loading the system's trust store anew takes tens of milliseconds.
///
/// ```swift
/// let material = try TLSMaterial(certificateChainPEM: chain, privateKeyPEM: key, trustRootsPEM: nil)
/// ```
public final class TLSMaterial: Sendable {
    /// How much of the server's certificate is checked.
    public let verification: TLSVerification
    /// Whether there is a certificate to send when the server asks for one.
    public let hasCertificate: Bool
    /// Whether each certificate of the server's chain needs a valid revocation list of its issuer.
    public let demandsRevocationLists: Bool
    /// What servers offered to resume.
    let sessions = TLSSessionCache()

    // An SSL_CTX is reference-counted with atomics and its certificate, key and settings are only read once sessions
    // are made from it; the one part that still changes, the X509_STORE's cache, has OpenSSL's own lock. Nothing sets
    // anything in it after init, and the pointer itself is a constant.
    private nonisolated(unsafe) let context: OpaquePointer

    /// Checks the inputs and builds the context. Takes tens of milliseconds with the system's store.
    ///
    /// - Parameters:
    ///   - certificateChainPEM: our certificate, followed by its intermediates; `nil` for none. With it comes the key.
    ///   - privateKeyPEM: the certificate's private key without a pass phrase; `nil` for none.
    ///   - trustRootsPEM: the certificates to trust, any of which may end a chain, and revocation lists of their
    ///     issuers, which then count; `nil` for the system's store (OpenSSL's default file and directory).
    ///   - revocationListsPEM: lists of issuers against which every certificate of the chain is checked; one that is
    ///     missing or outdated makes the chain untrusted. `nil` demands none.
    ///   - verification: how much of the server's certificate is checked.
    /// - Throws: ``TLSMaterialError`` with the input that is wrong and why.
    public init(
        certificateChainPEM: [UInt8]?, privateKeyPEM: [UInt8]?, trustRootsPEM: [UInt8]?,
        revocationListsPEM: [UInt8]? = nil, verification: TLSVerification = .full
    ) throws(TLSMaterialError) {
        OpenSSLError.clear()
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw TLSMaterialError(
                .library, .refused, "OpenSSL could not make a TLS context: \(OpenSSLError.drain().summary)")
        }
        self.context = context
        self.verification = verification
        self.hasCertificate = certificateChainPEM != nil
        self.demandsRevocationLists = revocationListsPEM != nil
        // From here on a throw runs deinit, which frees the context.
        try Self.configure(context)
        try Self.use(certificateChainPEM, privateKeyPEM, in: context)
        try Self.trust(trustRootsPEM, in: context)
        if let revocationListsPEM { try Self.revoke(revocationListsPEM, in: context) }
    }

    deinit {
        SSL_CTX_free(context)
    }

    /// A new session (`SSL *`) in the client's role, owned by the caller; it keeps the context alive. For
    /// ``TLSConnection`` only. `nil` when memory is short.
    func makeSession() -> OpaquePointer? {
        SSL_new(context)
    }

    private static func configure(_ context: OpaquePointer) throws(TLSMaterialError) {
        guard shim_SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 else {
            throw TLSMaterialError(.library, .refused, "OpenSSL refused TLS 1.2 as the oldest version")
        }
        // A read may then never want to write application data again, nor a write to read (RFC 9325 §3.5).
        SSL_CTX_set_options(context, shim_SSL_OP_NO_RENEGOTIATION())
        shim_SSL_CTX_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
        CertificateVerification.install(in: context)
        CertificateVerification.keepSessions(of: context)
    }

    private static func use(
        _ chainPEM: [UInt8]?, _ keyPEM: [UInt8]?, in context: OpaquePointer
    ) throws(TLSMaterialError) {
        guard let chainPEM else {
            guard keyPEM == nil else {
                throw TLSMaterialError(.certificateChain, .missing, "there is a private key but no certificate for it")
            }
            return
        }
        guard let keyPEM else {
            throw TLSMaterialError(.privateKey, .missing, "there is a certificate but no private key for it")
        }
        let chain = try TLSMaterialPEM(chainPEM, .certificateChain)
        // The certificates belong to the PEM.
        defer { withExtendedLifetime(chain) {} }
        guard let leaf = chain.certificates.first else {
            throw TLSMaterialError(.certificateChain, .noCertificate, "the certificate file has no PEM certificate")
        }
        let key = try TLSMaterialKey(keyPEM)
        guard key.matches(leaf) else {
            let other = chain.certificates.dropFirst().contains { key.matches($0) }
            let hint = other ? ", but to a later one in the file; it must come first" : ""
            throw TLSMaterialError(
                .privateKey, .keyMismatch,
                "the private key does not belong to the certificate \(CertificateReader.subject(of: leaf))\(hint)")
        }
        OpenSSLError.clear()
        guard SSL_CTX_use_certificate(context, leaf) == 1 else {
            throw TLSMaterialError(
                .certificateChain, .refused, "the certificate cannot be used: \(OpenSSLError.drain().summary)")
        }
        for certificate in chain.certificates.dropFirst() {
            guard shim_SSL_CTX_add1_chain_cert(context, certificate) == 1 else {
                throw TLSMaterialError(
                    .certificateChain, .refused,
                    "the certificate's chain cannot be used: \(OpenSSLError.drain().summary)")
            }
        }
        try key.use(in: context)
    }

    private static func trust(_ pem: [UInt8]?, in context: OpaquePointer) throws(TLSMaterialError) {
        OpenSSLError.clear()
        guard let pem else {
            guard SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw TLSMaterialError(
                    .trustRoots, .refused, "the system's trust store cannot be used: \(OpenSSLError.drain().summary)")
            }
            return
        }
        let roots = try TLSMaterialPEM(pem, .trustRoots)
        guard let store = SSL_CTX_get_cert_store(context), !roots.certificates.isEmpty else {
            throw TLSMaterialError(.trustRoots, .noCertificate, "the trust file has no PEM certificate")
        }
        for certificate in roots.certificates where X509_STORE_add_cert(store, certificate) != 1 {
            throw TLSMaterialError(
                .trustRoots, .refused, "a certificate of the trust file cannot be used: \(OpenSSLError.drain().summary)"
            )
        }
        try add(roots, of: .trustRoots, to: store)
        // What the administrator named is trusted as it is, also an intermediate without its root.
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    }

    private static func revoke(_ pem: [UInt8], in context: OpaquePointer) throws(TLSMaterialError) {
        let lists = try TLSMaterialPEM(pem, .revocationLists)
        guard let store = SSL_CTX_get_cert_store(context), !lists.revocationLists.isEmpty else {
            throw TLSMaterialError(
                .revocationLists, .noRevocationList, "the file of revocation lists has no PEM revocation list")
        }
        try add(lists, of: .revocationLists, to: store)
    }

    /// Adds the revocation lists of a PEM to a store, which from then on checks the whole chain.
    private static func add(
        _ pem: TLSMaterialPEM, of input: TLSMaterialError.Input, to store: OpaquePointer
    ) throws(TLSMaterialError) {
        // The lists belong to the PEM.
        defer { withExtendedLifetime(pem) {} }
        OpenSSLError.clear()
        for list in pem.revocationLists where X509_STORE_add_crl(store, list) != 1 {
            throw TLSMaterialError(
                input, .refused, "a revocation list of \(input.noun) cannot be used: \(OpenSSLError.drain().summary)")
        }
        if !pem.revocationLists.isEmpty {
            X509_STORE_set_flags(store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
        }
    }
}
