internal import COpenSSL
internal import Glibc
internal import NIOCore

/// Reads values out of an OpenSSL certificate (`X509 *`), which it borrows for the length of each call.
///
/// Only the files that wrap OpenSSL use it.
enum CertificateReader {
    /// Everything that is told about a certificate.
    static func describe(_ certificate: OpaquePointer) -> PeerCertificate {
        PeerCertificate(
            subject: subject(of: certificate),
            subjectAltNames: Array(names(of: certificate).printable.prefix(PeerCertificate.mostNames)),
            notBefore: seconds(X509_get0_notBefore(certificate)),
            notAfter: seconds(X509_get0_notAfter(certificate)),
            sha256: fingerprint(of: certificate))
    }

    /// The subject in RFC 2253 form.
    static func subject(of certificate: OpaquePointer) -> String {
        text(of: X509_get_subject_name(certificate))
    }

    /// The issuer in RFC 2253 form.
    static func issuer(of certificate: OpaquePointer) -> String {
        text(of: X509_get_issuer_name(certificate))
    }

    /// First moment of validity as `2026-01-31T12:00:00Z`.
    static func notBefore(of certificate: OpaquePointer) -> String {
        date(seconds(X509_get0_notBefore(certificate)))
    }

    /// Last moment of validity, seconds since 1970.
    static func end(of certificate: OpaquePointer) -> Int64 {
        seconds(X509_get0_notAfter(certificate))
    }

    /// Last moment of validity as `2026-01-31T12:00:00Z`.
    static func notAfter(of certificate: OpaquePointer) -> String {
        date(seconds(X509_get0_notAfter(certificate)))
    }

    /// When the revocation list (`X509_CRL *`) is to be replaced, as `2026-01-31T12:00:00Z`.
    static func nextUpdate(of list: OpaquePointer) -> String {
        date(seconds(X509_CRL_get0_nextUpdate(list)))
    }

    /// Whether it may sign certificates: by basicConstraints, or by what OpenSSL takes for it in old certificates.
    static func isAuthority(_ certificate: OpaquePointer) -> Bool {
        X509_get_extension_flags(certificate) & UInt32(EXFLAG_CA) != 0 || X509_check_ca(certificate) != 0
    }

    /// The names of subjectAltName; none where the extension is missing, damaged or there twice.
    static func names(of certificate: OpaquePointer) -> CertificateNames {
        guard let raw = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else {
            return CertificateNames(entries: [])
        }
        let names = OpaquePointer(raw)
        defer { GENERAL_NAMES_free(names) }
        let entries = (0..<shim_sk_GENERAL_NAME_num(names)).compactMap { index in
            shim_sk_GENERAL_NAME_value(names, index).map { entry($0) }
        }
        return CertificateNames(entries: entries)
    }

    private static func entry(_ name: UnsafeMutablePointer<GENERAL_NAME>) -> CertificateNames.Entry {
        var kind: Int32 = 0
        guard let value = GENERAL_NAME_get0_value(name, &kind) else { return .other("unreadable") }
        switch kind {
        case GEN_DNS:
            let bytes = bytes(of: OpaquePointer(value))
            return hostName(bytes).map { .dns($0) } ?? .other("DNS:\(PrintableText.escape(bytes))")
        case GEN_IPADD:
            let bytes = bytes(of: OpaquePointer(value))
            return bytes.count == 4 || bytes.count == 16
                ? .address(bytes) : .other("IP:\(PrintableText.escape(bytes))")
        case GEN_OTHERNAME:
            return otherName(name)
        case GEN_URI:
            return .other("URI:\(PrintableText.escape(bytes(of: OpaquePointer(value))))")
        case GEN_EMAIL:
            return .other("email:\(PrintableText.escape(bytes(of: OpaquePointer(value))))")
        default:
            return .other("another type of name")
        }
    }

    /// SRVName (an IA5String) and xmppAddr (a UTF8String); anything else proves nothing.
    private static func otherName(_ name: UnsafeMutablePointer<GENERAL_NAME>) -> CertificateNames.Entry {
        var identifier: OpaquePointer?
        var value: UnsafeMutablePointer<ASN1_TYPE>?
        guard GENERAL_NAME_get0_otherName(name, &identifier, &value) == 1, let value else {
            return .other("another type of name")
        }
        let kind = OBJ_obj2nid(identifier)
        guard
            (kind == NID_SRVName && value.pointee.type == V_ASN1_IA5STRING)
                || (kind == NID_XmppAddr && value.pointee.type == V_ASN1_UTF8STRING)
        else { return .other("another type of name") }
        let bytes = value.pointee.value.asn1_string.map { Self.bytes(of: OpaquePointer($0)) } ?? []
        let label = kind == NID_SRVName ? "SRV" : "XMPP"
        guard let text = hostName(bytes) else { return .other("\(label):\(PrintableText.escape(bytes))") }
        return kind == NID_SRVName ? .service(text) : .xmpp(text)
    }

    /// The bytes as a name: printable ASCII without blanks. A NUL byte or an unconverted U-label makes it none.
    private static func hostName(_ bytes: [UInt8]) -> String? {
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The content of an `ASN1_STRING *`.
    private static func bytes(of string: OpaquePointer) -> [UInt8] {
        let string = UnsafePointer<ASN1_STRING>(string)
        guard let data = ASN1_STRING_get0_data(string) else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(string))))
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let name, let sink = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(sink) }
        guard X509_NAME_print_ex(sink, name, 0, shim_name_flags()) >= 0 else { return "" }
        var start: UnsafeMutablePointer<CChar>?
        let count = shim_BIO_get_mem_data(sink, &start)
        guard let start, count > 0 else { return "" }
        let limit = 512
        let text = start.withMemoryRebound(to: UInt8.self, capacity: count) { bytes in
            String(decoding: UnsafeBufferPointer(start: bytes, count: min(count, limit)), as: UTF8.self)
        }
        // OpenSSL escapes the control characters of ASCII alone.
        let line = PrintableText.oneLine(text.unicodeScalars)
        return count > limit ? line + "…" : line
    }

    private static func fingerprint(of certificate: OpaquePointer) -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 else { return "" }
        return digest.prefix(Int(count)).reduce(into: "") { text, byte in
            let digits = String(byte, radix: 16)
            text += digits.count == 1 ? "0" + digits : digits
        }
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
        return Int64(timegm(&parts))
    }

    private static func date(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else { return "an unknown date" }
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let day = "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        return "\(day)T\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))Z"
    }
}
