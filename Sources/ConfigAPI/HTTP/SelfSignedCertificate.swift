internal import CGnuTLS
internal import Glibc

/// Makes a certificate for a server that has none yet.
public enum SelfSignedCertificate {
    /// Makes an ECDSA P-256 key and a certificate signed by it.
    ///
    /// The certificate is for TLS servers only, names `localhost`, `127.0.0.1`, `::1` and the given names as subject
    /// alternative names, and holds from an hour ago, for clocks that are late.
    ///
    /// - Parameters:
    ///   - names: Further DNS names and IP addresses; the first one becomes the subject's common name.
    ///   - days: For how many days it holds. Default 825, the longest that all current clients accept.
    /// - Throws: `HTTPServerError` with the code `.cannotMakeCertificate`, for instance for a name that is not ASCII.
    public static func make(
        names: [String], days: Int = 825
    ) throws -> (certificatePEM: [UInt8], keyPEM: [UInt8]) {
        var key: gnutls_x509_privkey_t?
        var certificate: gnutls_x509_crt_t?
        try check(gnutls_x509_privkey_init(&key))
        defer { gnutls_x509_privkey_deinit(key) }
        try check(gnutls_x509_crt_init(&certificate))
        defer { gnutls_x509_crt_deinit(certificate) }

        try check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, cb_gnutls_p256_bits(), 0))
        try check(gnutls_x509_crt_set_version(certificate, 3))
        try date(certificate, days: days)
        // RFC 5280: a common name has at most 64 characters.
        let commonName = names.first { $0.utf8.count <= 64 && !$0.isEmpty } ?? "localhost"
        try check(
            gnutls_x509_crt_set_dn_by_oid(
                certificate, GNUTLS_OID_X520_COMMON_NAME, 0, commonName, UInt32(commonName.utf8.count)))
        try addNames(["localhost", "127.0.0.1", "::1"] + names, to: certificate)
        try check(gnutls_x509_crt_set_basic_constraints(certificate, 0, -1))
        try check(gnutls_x509_crt_set_key_usage(certificate, UInt32(GNUTLS_KEY_DIGITAL_SIGNATURE)))
        try check(gnutls_x509_crt_set_key_purpose_oid(certificate, cb_gnutls_server_purpose(), 0))
        try check(gnutls_x509_crt_set_key(certificate, key))
        var identifier = [UInt8](repeating: 0, count: 32)
        var size = identifier.count
        try check(gnutls_x509_crt_get_key_id(certificate, 0, &identifier, &size))
        try check(gnutls_x509_crt_set_subject_key_id(certificate, identifier, size))
        try check(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0))

        return (
            try export { gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, $0) },
            try export {
                gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, nil, GNUTLS_PKCS_PLAIN.rawValue, $0)
            }
        )
    }

    /// Makes a self-signed certificate anew: other dates and another serial number, everything else stays, the key too.
    ///
    /// - Parameters:
    ///   - certificatePEM: The old certificate.
    ///   - keyPEM: Its key, unencrypted.
    ///   - days: For how many days it holds.
    /// - Returns: The new certificate (PEM).
    /// - Throws: `HTTPServerError` with the code `.cannotMakeCertificate`.
    public static func renew(certificatePEM: [UInt8], keyPEM: [UInt8], days: Int = 825) throws -> [UInt8] {
        var key: gnutls_x509_privkey_t?
        var certificate: gnutls_x509_crt_t?
        try check(gnutls_x509_privkey_init(&key))
        defer { gnutls_x509_privkey_deinit(key) }
        try check(gnutls_x509_crt_init(&certificate))
        defer { gnutls_x509_crt_deinit(certificate) }
        try check(keyPEM.withDatum { gnutls_x509_privkey_import2(key, $0, GNUTLS_X509_FMT_PEM, nil, 0) })
        try check(certificatePEM.withDatum { gnutls_x509_crt_import(certificate, $0, GNUTLS_X509_FMT_PEM) })
        try date(certificate, days: days)
        try check(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0))
        return try export { gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, $0) }
    }

    /// Sets serial number, beginning and end.
    private static func date(_ certificate: gnutls_x509_crt_t?, days: Int) throws {
        var serial = [UInt8](repeating: 0, count: 16)
        try check(gnutls_rnd(GNUTLS_RND_NONCE, &serial, serial.count))
        // RFC 5280 §4.1.2.2: positive, so the top bit is off; not zero either.
        serial[0] = serial[0] & 0x7f | 0x40
        try check(gnutls_x509_crt_set_serial(certificate, serial, serial.count))
        let now = time(nil)
        try check(gnutls_x509_crt_set_activation_time(certificate, now - 3600))
        try check(gnutls_x509_crt_set_expiration_time(certificate, now + days * 86_400))
    }

    /// Adds each name once, addresses as addresses (RFC 5280 §4.2.1.6).
    private static func addNames(_ names: [String], to certificate: gnutls_x509_crt_t?) throws {
        var seen: Set<String> = []
        for name in names where !name.isEmpty && seen.insert(name.lowercased()).inserted {
            let kind: gnutls_x509_subject_alt_name_t
            let bytes: [UInt8]
            if let address = address(name) {
                kind = GNUTLS_SAN_IPADDRESS
                bytes = address
            } else {
                guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                    throw HTTPServerError(
                        .cannotMakeCertificate, "Cannot make a certificate: “\(name)” is not a DNS name")
                }
                kind = GNUTLS_SAN_DNSNAME
                bytes = Array(name.utf8)
            }
            try check(
                gnutls_x509_crt_set_subject_alt_name(
                    certificate, kind, bytes, UInt32(bytes.count), UInt32(GNUTLS_FSAN_APPEND)))
        }
    }

    /// The bytes of a numeric address in network order, or nil for a name.
    private static func address(_ text: String) -> [UInt8]? {
        for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: size)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }

    private static func export(_ body: (UnsafeMutablePointer<gnutls_datum_t>) -> Int32) throws -> [UInt8] {
        var datum = gnutls_datum_t()
        try check(body(&datum))
        defer { gnutls_memset(datum.data, 0, Int(datum.size)); free(datum.data) }
        return Array(UnsafeBufferPointer(start: datum.data, count: Int(datum.size)))
    }

    private static func check(_ status: Int32) throws {
        guard status < 0 else { return }
        throw HTTPServerError(
            .cannotMakeCertificate, "Cannot make a certificate: \(String(cString: gnutls_strerror(status)))")
    }
}
