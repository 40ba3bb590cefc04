internal import COpenSSL

/// Makes one certificate with OpenSSL's C API.
struct TestCertificateBuilder {
    var commonName: String?
    var names: [TestCertificateName]
    var usages: [TestCertificateUsage]
    var validity: TestCertificateValidity
    var isAuthority: Bool

    /// Makes a key and a certificate for it.
    ///
    /// - Parameter issuer: who signs; `nil` for a self-signed certificate.
    func build(issuer: TestCertificate?) throws -> TestCertificate {
        guard let key = shim_EVP_EC_gen("P-256") else { throw TestCertificateError("no key") }
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { throw TestCertificateError("no certificate") }
        defer { X509_free(certificate) }
        let serialNumber = UInt64.random(in: 1..<(1 << 63))
        // Version 3 is written as 2 (RFC 5280 §4.1.2.1).
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serialNumber)
        X509_time_adj_ex(X509_getm_notBefore(certificate), 0, validity.from, nil)
        X509_time_adj_ex(X509_getm_notAfter(certificate), 0, validity.until, nil)
        X509_set_pubkey(certificate, key)
        if let commonName {
            X509_NAME_add_entry_by_NID(
                X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8, commonName, -1, -1, 0)
        }
        if let issuer {
            let issuerCertificate = try TestCertificateOpenSSL.readCertificate(issuer.certificatePEM)
            defer { X509_free(issuerCertificate) }
            let issuerKey = try TestCertificateOpenSSL.readKey(issuer.privateKeyPEM)
            defer { EVP_PKEY_free(issuerKey) }
            try finish(certificate, issuer: issuerCertificate, issuerKey: issuerKey)
        } else {
            try finish(certificate, issuer: certificate, issuerKey: key)
        }
        return TestCertificate(
            certificatePEM: try TestCertificateOpenSSL.write { PEM_write_bio_X509($0, certificate) },
            issuersPEM: try issuer.map { try Self.issuersPEM(below: $0) } ?? [],
            privateKeyPEM: try TestCertificateOpenSSL.write {
                PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil)
            },
            serialNumber: serialNumber)
    }

    /// What a server has to send for a certificate of this issuer: nothing for a root, which signs itself.
    private static func issuersPEM(below issuer: TestCertificate) throws -> [UInt8] {
        let certificate = try TestCertificateOpenSSL.readCertificate(issuer.certificatePEM)
        defer { X509_free(certificate) }
        let isRoot = X509_get_extension_flags(certificate) & UInt32(EXFLAG_SS) != 0
        return isRoot ? [] : issuer.chainPEM
    }

    private func finish(_ certificate: OpaquePointer, issuer: OpaquePointer, issuerKey: OpaquePointer) throws {
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer))
        try add(NID_basic_constraints, isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE", certificate, issuer)
        let keyUsage = isAuthority ? "critical,digitalSignature,keyCertSign,cRLSign" : "critical,digitalSignature"
        try add(NID_key_usage, keyUsage, certificate, issuer)
        try add(NID_subject_key_identifier, "hash", certificate, issuer)
        if issuer != certificate { try add(NID_authority_key_identifier, "keyid", certificate, issuer) }
        if !usages.isEmpty {
            try add(NID_ext_key_usage, usages.map(\.rawValue).joined(separator: ","), certificate, issuer)
        }
        try addNames(to: certificate)
        guard X509_sign(certificate, issuerKey, EVP_sha256()) > 0 else { throw TestCertificateError("no signature") }
    }

    private func add(_ kind: Int32, _ value: String, _ certificate: OpaquePointer, _ issuer: OpaquePointer) throws {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, certificate, nil, nil, 0)
        guard let part = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
            throw TestCertificateError("no extension \(value)")
        }
        defer { X509_EXTENSION_free(part) }
        guard X509_add_ext(certificate, part, -1) == 1 else { throw TestCertificateError("no extension \(value)") }
    }

    private func addNames(to certificate: OpaquePointer) throws {
        guard !names.isEmpty else { return }
        guard let list = GENERAL_NAMES_new() else { throw TestCertificateError("no names") }
        defer { GENERAL_NAMES_free(list) }
        for name in names {
            guard let entry = GENERAL_NAME_new() else { throw TestCertificateError("no name") }
            // From here on the list owns it.
            guard shim_sk_GENERAL_NAME_push(list, entry) > 0 else { throw TestCertificateError("no name") }
            switch name {
            case .dns(let text):
                GENERAL_NAME_set0_value(entry, GEN_DNS, try string(text, V_ASN1_IA5STRING))
            case .uri(let text):
                GENERAL_NAME_set0_value(entry, GEN_URI, try string(text, V_ASN1_IA5STRING))
            case .ip(let text):
                guard let address = a2i_IPADDRESS(text) else { throw TestCertificateError("no address \(text)") }
                GENERAL_NAME_set0_value(entry, GEN_IPADD, address)
            case .srvName(let text):
                try setOtherName(entry, NID_SRVName, text, V_ASN1_IA5STRING)
            case .xmppAddr(let text):
                try setOtherName(entry, NID_XmppAddr, text, V_ASN1_UTF8STRING)
            }
        }
        guard X509_add1_ext_i2d(certificate, NID_subject_alt_name, UnsafeMutableRawPointer(list), 0, 0) == 1 else {
            throw TestCertificateError("no subjectAltName")
        }
    }

    private func string(_ text: String, _ kind: Int32) throws -> UnsafeMutablePointer<ASN1_STRING> {
        let bytes = Array(text.utf8)
        guard let string = ASN1_STRING_type_new(kind), ASN1_STRING_set(string, bytes, Int32(bytes.count)) == 1 else {
            throw TestCertificateError("no string")
        }
        return string
    }

    private func setOtherName(
        _ entry: UnsafeMutablePointer<GENERAL_NAME>, _ identifier: Int32, _ text: String, _ kind: Int32
    ) throws {
        guard let value = ASN1_TYPE_new() else { throw TestCertificateError("no value") }
        ASN1_TYPE_set(value, kind, try string(text, kind))
        GENERAL_NAME_set0_othername(entry, OBJ_nid2obj(identifier), value)
    }

    /// Protects a key with a pass phrase.
    static func encrypt(_ privateKeyPEM: [UInt8], passPhrase: String) throws -> [UInt8] {
        let key = try TestCertificateOpenSSL.readKey(privateKeyPEM)
        defer { EVP_PKEY_free(key) }
        let phrase = Array(passPhrase.utf8)
        return try TestCertificateOpenSSL.write {
            PEM_write_bio_PrivateKey($0, key, EVP_aes_256_cbc(), phrase, Int32(phrase.count), nil, nil)
        }
    }

    /// Makes a revocation list.
    static func revocationList(
        _ serialNumbers: [UInt64], issuer: TestCertificate, nextUpdate: Int
    ) throws -> [UInt8] {
        let certificate = try TestCertificateOpenSSL.readCertificate(issuer.certificatePEM)
        defer { X509_free(certificate) }
        let key = try TestCertificateOpenSSL.readKey(issuer.privateKeyPEM)
        defer { EVP_PKEY_free(key) }
        guard let list = X509_CRL_new(), let time = ASN1_TIME_new() else { throw TestCertificateError("no list") }
        defer {
            X509_CRL_free(list)
            ASN1_TIME_free(time)
        }
        // Version 2 is written as 1 (RFC 5280 §5.1.2.1).
        X509_CRL_set_version(list, 1)
        X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate))
        X509_time_adj_ex(time, 0, min(0, nextUpdate) - 3600, nil)
        X509_CRL_set1_lastUpdate(list, time)
        for serialNumber in serialNumbers {
            guard let entry = X509_REVOKED_new(), let number = ASN1_INTEGER_new() else {
                throw TestCertificateError("no entry")
            }
            defer { ASN1_INTEGER_free(number) }
            ASN1_INTEGER_set_uint64(number, serialNumber)
            X509_REVOKED_set_serialNumber(entry, number)
            X509_REVOKED_set_revocationDate(entry, time)
            // The list owns the entry now.
            X509_CRL_add0_revoked(list, entry)
        }
        X509_time_adj_ex(time, 0, nextUpdate, nil)
        X509_CRL_set1_nextUpdate(list, time)
        X509_CRL_sort(list)
        guard X509_CRL_sign(list, key, EVP_sha256()) > 0 else { throw TestCertificateError("no signature") }
        return try TestCertificateOpenSSL.write { PEM_write_bio_X509_CRL($0, list) }
    }
}
