internal import CGnuTLS

/// A certificate chain and its private key in the form in which GnuTLS takes them during a handshake.
///
/// GnuTLS reads both without copying while handshakes run, on several threads, and never frees them: whoever hands
/// them to a session keeps this object until that session is gone. Nothing in it changes after `init`, hence
/// `@unchecked Sendable`.
final class TLSCredentials: @unchecked Sendable {
    /// The certificates, the server's own first.
    private let chain: UnsafeMutablePointer<gnutls_pcert_st>
    private let chainLength: UInt32
    private let key: gnutls_privkey_t
    /// Whose certificates clients need; nil where they need none.
    let clientTrust: ClientTrust?
    /// SHA-256 of the server's certificate (DER) in lower-case hexadecimal.
    let fingerprint: String
    /// When the server's certificate ends, in seconds since 1970.
    let end: Int
    /// Whether the server's certificate is its own issuer.
    let isSelfSigned: Bool

    /// Most certificates in one chain.
    private static let longestChain: UInt32 = 16

    /// Reads PEM text and checks that key and certificate belong together.
    /// - Throws: `HTTPServerError` with the code `.badIdentity` or `.badClientAuthorities`.
    init(certificatePEM: [UInt8], keyPEM: [UInt8], clientAuthoritiesPEM: [UInt8]? = nil) throws {
        clientTrust = try clientAuthoritiesPEM.map { try ClientTrust(authoritiesPEM: $0) }
        func check(_ status: Int32, _ what: String) throws {
            guard status < 0 else { return }
            throw HTTPServerError(.badIdentity, "\(what): \(String(cString: gnutls_strerror(status)))")
        }
        let chain = UnsafeMutablePointer<gnutls_pcert_st>.allocate(capacity: Int(Self.longestChain))
        var count: UInt32 = 0
        var key: gnutls_privkey_t?
        do {
            var length = Self.longestChain
            try check(
                certificatePEM.withDatum {
                    gnutls_pcert_list_import_x509_raw(chain, &length, $0, GNUTLS_X509_FMT_PEM, 0)
                }, "Cannot read the certificate")
            count = length
            guard count > 0 else { throw HTTPServerError(.badIdentity, "Cannot read the certificate: it is empty") }
            try check(gnutls_privkey_init(&key), "Cannot read the private key")
            try check(
                keyPEM.withDatum {
                    gnutls_privkey_import_x509_raw(key, $0, GNUTLS_X509_FMT_PEM, nil, 0)
                }, "Cannot read the private key")
            guard let key, try Self.identifier(ofPublicKeyIn: key) == Self.identifier(of: chain[0].pubkey) else {
                throw HTTPServerError(.badIdentity, "The private key does not belong to the certificate")
            }
            self.fingerprint = try Self.fingerprint(chain[0].cert)
            (end, isSelfSigned) = try Self.properties(chain[0].cert)
            self.key = key
        } catch {
            for index in 0..<Int(count) { gnutls_pcert_deinit(chain + index) }
            chain.deallocate()
            if let key { gnutls_privkey_deinit(key) }
            throw error
        }
        self.chain = chain
        self.chainLength = count
    }

    deinit {
        for index in 0..<Int(chainLength) { gnutls_pcert_deinit(chain + index) }
        chain.deallocate()
        gnutls_privkey_deinit(key)
    }

    /// Gives chain and key to a handshake; the caller keeps `self` alive until that session ends.
    func present(
        _ chain: UnsafeMutablePointer<UnsafeMutablePointer<gnutls_pcert_st>?>,
        _ length: UnsafeMutablePointer<UInt32>, _ key: UnsafeMutablePointer<gnutls_privkey_t?>
    ) {
        chain.pointee = self.chain
        length.pointee = chainLength
        key.pointee = self.key
    }

    private static func identifier(ofPublicKeyIn key: gnutls_privkey_t) throws -> [UInt8] {
        var pubkey: gnutls_pubkey_t?
        guard gnutls_pubkey_init(&pubkey) >= 0, let pubkey else { throw HTTPServerError(.badIdentity, "No memory") }
        defer { gnutls_pubkey_deinit(pubkey) }
        let status = gnutls_pubkey_import_privkey(pubkey, key, 0, 0)
        guard status >= 0 else {
            throw HTTPServerError(
                .badIdentity, "Cannot use the private key: \(String(cString: gnutls_strerror(status)))")
        }
        return try identifier(of: pubkey)
    }

    private static func identifier(of key: gnutls_pubkey_t?) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        var size = bytes.count
        let status = gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256.rawValue, &bytes, &size)
        guard status >= 0 else {
            throw HTTPServerError(.badIdentity, "Cannot use the key: \(String(cString: gnutls_strerror(status)))")
        }
        return Array(bytes.prefix(size))
    }

    private static func properties(_ bytes: gnutls_datum_t) throws -> (end: Int, isSelfSigned: Bool) {
        var certificate: gnutls_x509_crt_t?
        guard gnutls_x509_crt_init(&certificate) >= 0 else { throw HTTPServerError(.badIdentity, "No memory") }
        defer { gnutls_x509_crt_deinit(certificate) }
        var bytes = bytes
        guard gnutls_x509_crt_import(certificate, &bytes, GNUTLS_X509_FMT_DER) >= 0 else {
            throw HTTPServerError(.badIdentity, "Cannot read the certificate")
        }
        return (
            gnutls_x509_crt_get_expiration_time(certificate),
            gnutls_x509_crt_check_issuer(certificate, certificate) == 1
        )
    }

    private static func fingerprint(_ certificate: gnutls_datum_t) throws -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let status = gnutls_hash_fast(GNUTLS_DIG_SHA256, certificate.data, Int(certificate.size), &digest)
        guard status >= 0 else {
            throw HTTPServerError(
                .badIdentity, "Cannot use the certificate: \(String(cString: gnutls_strerror(status)))")
        }
        return digest.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
