internal import BridgeEngine
internal import COpenSSL
internal import NIOConcurrencyHelpers

/// Credentials that were right a moment ago, so that a client that polls does not pay for scrypt each time.
///
/// Kept in memory alone, under a hash with a key of this process; the passwords themselves are not kept.
final class RememberedCredentials: Sendable {
    /// How many are kept; beyond that all are forgotten and proved anew.
    static let capacity = 1024

    private let key: [UInt8]
    private let users: NIOLockedValueBox<[[UInt8]: User]> = .init([:])

    /// Throws if there is no randomness for a key.
    init() throws(PasswordHash.Failure) {
        var key = [UInt8](repeating: 0, count: 32)
        guard RAND_bytes(&key, Int32(key.count)) == 1 else { throw PasswordHash.Failure() }
        self.key = key
    }

    /// The user whose credentials these are, if they were proved before.
    func user(for credentials: BasicCredentials) -> User? {
        let tag = tag(of: credentials)
        return users.withLockedValue { $0[tag] }
    }

    /// Remembers proved credentials.
    func remember(_ credentials: BasicCredentials, as user: User) {
        let tag = tag(of: credentials)
        users.withLockedValue { users in
            if users.count >= Self.capacity { users = [:] }
            users[tag] = user
        }
    }

    /// Forgets everything, after the users have changed.
    func forgetAll() {
        users.withLockedValue { $0 = [:] }
    }

    /// HMAC-SHA256 over both, told apart by the length of the name.
    private func tag(of credentials: BasicCredentials) -> [UInt8] {
        var message = Array("\(credentials.name.utf8.count):\(credentials.name)".utf8)
        credentials.password.withUnsafeBytes { message.append(contentsOf: $0) }
        var tag = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &tag, &length)
        message.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
        return tag
    }
}
