internal import BridgeEngine
internal import COpenSSL
internal import NIOConcurrencyHelpers

/// Credentials that were right a moment ago, so that a client that polls does not pay for scrypt each time.
///
/// Kept in memory alone, under a hash with a key of this process; the passwords themselves are not kept.
final class RememberedCredentials<Account: Sendable>: Sendable {
    /// How many are kept, unless it is told otherwise; beyond that all are forgotten and proved anew.
    static var capacity: Int { 1024 }

    /// Counts the times that everything was forgotten.
    struct Generation: Sendable, Equatable {
        fileprivate var number: UInt64 = 0
    }

    private struct State {
        var users: [CredentialTag: Account] = [:]
        var generation = Generation()
    }

    private let key: [UInt8]
    private let capacity: Int
    private let state: NIOLockedValueBox<State> = .init(State())

    /// Throws if there is no randomness for a key.
    init(capacity: Int = RememberedCredentials.capacity) throws(PasswordHash.Failure) {
        self.capacity = capacity
        var key = [UInt8](repeating: 0, count: 32)
        guard RAND_bytes(&key, Int32(key.count)) == 1 else { throw PasswordHash.Failure() }
        self.key = key
    }

    /// The account whose credentials these are, if they were proved before.
    func user(for tag: CredentialTag) -> Account? {
        state.withLockedValue { $0.users[tag] }
    }

    /// To be taken before the stored hash is read.
    var generation: Generation {
        state.withLockedValue { $0.generation }
    }

    /// Remembers proved credentials, unless everything was forgotten since `generation`: the proof may have been made
    /// with a hash that has been replaced in the meantime.
    func remember(_ tag: CredentialTag, as user: Account, if generation: Generation) {
        state.withLockedValue { state in
            guard state.generation == generation else { return }
            if state.users.count >= capacity { state.users = [:] }
            state.users[tag] = user
        }
    }

    /// Forgets everything, after the users have changed.
    func forgetAll() {
        state.withLockedValue { state in
            state.users = [:]
            state.generation.number += 1
        }
    }

    /// HMAC-SHA256 over both, told apart by the length of the name.
    func tag(of credentials: BasicCredentials) -> CredentialTag {
        var message = Array("\(credentials.name.utf8.count):\(credentials.name)".utf8)
        credentials.password.withUnsafeBytes { message.append(contentsOf: $0) }
        var tag = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &tag, &length)
        message.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
        return CredentialTag(bytes: tag)
    }
}
