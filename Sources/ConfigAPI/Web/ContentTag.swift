internal import COpenSSL

/// Names bytes by what they are.
enum ContentTag {
    /// The first 16 bytes of their SHA-256, in hexadecimal.
    static func hex(of bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256(bytes, bytes.count, &digest)
        return digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
