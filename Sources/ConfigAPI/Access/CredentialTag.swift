/// Stands for a name and a password in memory: a hash of both under a key of this process (HMAC-SHA256).
struct CredentialTag: Sendable, Hashable {
    let bytes: [UInt8]
}
