internal import COpenSSL

/// A private key read from PEM. Owns OpenSSL's copy; nothing of the key is ever put into an error.
///
/// Only the files that wrap OpenSSL use it.
final class TLSMaterialKey {
    private let key: OpaquePointer

    /// How every PEM label of a private key ends (RFC 7468 §10, and OpenSSL's older ones).
    private static let marker = Array("PRIVATE KEY-----".utf8)

    /// Reads the first private key of the text.
    init(_ pem: [UInt8]) throws(TLSMaterialError) {
        var asked = false
        OpenSSLError.clear()
        let key: OpaquePointer? = pem.withUnsafeBytes { bytes in
            guard let count = Int32(exactly: bytes.count), let source = BIO_new_mem_buf(bytes.baseAddress, count) else {
                return nil
            }
            defer { BIO_free(source) }
            return withUnsafeMutablePointer(to: &asked) { asked in
                // Without a callback OpenSSL would ask for the pass phrase on the terminal.
                PEM_read_bio_PrivateKey(
                    source, nil,
                    { _, _, _, asked in
                        asked?.assumingMemoryBound(to: Bool.self).pointee = true
                        return -1
                    }, asked)
            }
        }
        let errors = OpenSSLError.drain()
        if let key {
            self.key = key
        } else if asked {
            throw TLSMaterialError(
                .privateKey, .encryptedPrivateKey,
                "the private key is protected with a pass phrase; it must be stored without one")
        } else if pem.firstRange(of: Self.marker) == nil {
            // OpenSSL's own reason is "unsupported" for no key and for a damaged one alike.
            throw TLSMaterialError(.privateKey, .noPrivateKey, "the key file has no PEM private key")
        } else {
            throw TLSMaterialError(
                .privateKey, .unreadable, "the private key cannot be read: \(errors.summary)")
        }
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// Whether a certificate (`X509 *`) has this key's public half.
    func matches(_ certificate: OpaquePointer) -> Bool {
        defer { OpenSSLError.clear() }
        return X509_check_private_key(certificate, key) == 1
    }

    /// Makes an `SSL_CTX *` sign with it; the context takes a reference of its own.
    func use(in context: OpaquePointer) throws(TLSMaterialError) {
        OpenSSLError.clear()
        guard SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw TLSMaterialError(
                .privateKey, .refused, "the private key cannot be used: \(OpenSSLError.drain().summary)")
        }
    }
}
