internal import COpenSSL

/// The parts of OpenSSL that several of the test tools wrap.
enum TestCertificateOpenSSL {
    /// Empties this thread's error queue and gives its reasons.
    static func takeErrors() -> String {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return reasons.isEmpty ? "no reason given" : reasons.joined(separator: ", ") }
            reasons.append(ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)")
        }
    }

    /// Lets OpenSSL read from bytes.
    static func read<Result>(_ bytes: [UInt8], _ body: (_ source: OpaquePointer) -> Result?) throws -> Result {
        ERR_clear_error()
        let result: Result? = bytes.withUnsafeBytes { bytes in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(source) }
            return body(source)
        }
        guard let result else { throw TestCertificateError("PEM could not be read") }
        return result
    }

    /// Gives the bytes OpenSSL writes.
    static func write(_ body: (_ sink: OpaquePointer) -> Int32) throws -> [UInt8] {
        ERR_clear_error()
        guard let sink = BIO_new(BIO_s_mem()) else { throw TestCertificateError("no buffer") }
        defer { BIO_free(sink) }
        guard body(sink) == 1 else { throw TestCertificateError("PEM could not be written") }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(sink))
        let count = BIO_read(sink, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(Int(max(0, count))))
    }

    /// The first certificate (`X509 *`) of a PEM text; the caller frees it.
    static func readCertificate(_ pem: [UInt8]) throws -> OpaquePointer {
        try read(pem) { PEM_read_bio_X509($0, nil, nil, nil) }
    }

    /// The first private key (`EVP_PKEY *`) of a PEM text; the caller frees it.
    static func readKey(_ pem: [UInt8]) throws -> OpaquePointer {
        try read(pem) { PEM_read_bio_PrivateKey($0, nil, nil, nil) }
    }
}
