internal import BridgeEngine
internal import Dispatch

/// Decides who sent a request.
final class Authenticator: Sendable {
    /// Where the stored hash of a user is looked up; called off the HTTP threads.
    typealias Lookup = @Sendable (_ name: String) throws -> (user: User, hash: PasswordHash)?

    /// The result of a proof.
    enum Verdict: Sendable, Equatable {
        case accepted(User)
        case refused
        /// The store can't be read.
        case unknown
    }

    private let lookup: Lookup
    private let remembered: RememberedCredentials
    /// What an unknown name's password is compared with, so that names can't be told by timing.
    private let stranger: PasswordHash
    /// Two threads: each scrypt takes 16 MiB and a core for a quarter of a second.
    private let lanes = [DispatchQueue(label: "password-1"), DispatchQueue(label: "password-2")]

    init(lookup: @escaping Lookup) throws(PasswordHash.Failure) {
        self.lookup = lookup
        remembered = try RememberedCredentials()
        stranger = try PasswordHash(Secret(String(UInt64.random(in: .min ... .max))))
    }

    /// The user, if these credentials were proved before; costs microseconds.
    func remembered(_ credentials: BasicCredentials) -> User? {
        remembered.user(for: credentials)
    }

    /// Proves credentials; `completion` runs on a thread of its own.
    func verify(_ credentials: BasicCredentials, completion: @escaping @Sendable (Verdict) -> Void) {
        // The same user always takes the same lane: whoever waits behind a proof of the same credentials finds it done.
        let lane = lanes[Int(UInt(bitPattern: credentials.name.hashValue) % UInt(lanes.count))]
        lane.async { [self] in
            completion(remembered(credentials).map(Verdict.accepted) ?? prove(credentials))
        }
    }

    /// Forgets the remembered credentials, after the users have changed.
    func forgetAll() {
        remembered.forgetAll()
    }

    private func prove(_ credentials: BasicCredentials) -> Verdict {
        do {
            guard let (user, hash) = try lookup(credentials.name) else {
                _ = stranger.matches(credentials.password)
                return .refused
            }
            guard hash.matches(credentials.password) else { return .refused }
            remembered.remember(credentials, as: user)
            return .accepted(user)
        } catch {
            return .unknown
        }
    }
}
