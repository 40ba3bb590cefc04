internal import COpenSSL

/// The proof of the shared secret (XEP-0114 §3).
enum HandshakeDigest {
    /// Lower-case hexadecimal SHA-1 of the stream id, as XML gave it, followed by the secret, both in UTF-8.
    static func hex(streamID: String, secret: Secret) -> String {
        var message = Array(streamID.utf8)
        secret.withUnsafeBytes { message.append(contentsOf: $0) }
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        SHA1(message, message.count, &digest)
        message.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
