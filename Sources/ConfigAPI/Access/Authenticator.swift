internal import BridgeEngine
internal import Dispatch
internal import NIOConcurrencyHelpers

/// Decides who sent a request.
///
/// A proof costs a quarter of a second and 16 MiB, so at most two are made at once, on threads of their own, and at most
/// ``mostWaiting`` wait for their turn.
final class Authenticator: Sendable {
    /// Where the stored hash of a user is looked up; called off the HTTP threads.
    typealias Lookup = @Sendable (_ name: String) throws -> (user: User, hash: PasswordHash)?

    /// The result of a proof.
    enum Verdict: Sendable, Equatable {
        case accepted(User)
        case refused
        /// The store can't be read.
        case unknown
        /// Too many proofs are waiting; nothing was proved.
        case busy
    }

    /// Proofs that may wait, each for other credentials.
    static let mostWaiting = 64
    /// Proofs that are made at once.
    static let mostRunning = 2

    /// Requests that wait for one proof.
    private struct Proof {
        let tag: CredentialTag
        let credentials: BasicCredentials
        var completions: [@Sendable (Verdict) -> Void]
    }

    private struct Line {
        /// In the order in which they came.
        var waiting: [Proof] = []
        /// What is being proved now.
        var running: Set<CredentialTag> = []
        /// The lanes that have nothing to do.
        var idle = Array(0..<Authenticator.mostRunning)

        /// The next proof. One of the credentials that are being proved right now waits for that: it is then remembered.
        mutating func next() -> Proof? {
            guard let index = waiting.firstIndex(where: { !running.contains($0.tag) }) else { return nil }
            let proof = waiting.remove(at: index)
            running.insert(proof.tag)
            return proof
        }
    }

    private let lookup: Lookup
    private let remembered: RememberedCredentials
    /// What an unknown name's password is compared with, so that names can't be told by timing.
    private let stranger: PasswordHash
    private let line: NIOLockedValueBox<Line> = .init(Line())
    /// Serial queues: each has a thread of its own while it works, beside the pool that others share.
    private let lanes = (0..<Authenticator.mostRunning).map { DispatchQueue(label: "password-\($0)") }

    /// - Parameter cost: of the hash that stands for unknown names; has to be that of the stored ones.
    /// - Throws: where there is no randomness.
    init(cost: PasswordHash.Cost = .standard, lookup: @escaping Lookup) throws(PasswordHash.Failure) {
        self.lookup = lookup
        remembered = try RememberedCredentials()
        stranger = try PasswordHash(Secret(String(UInt64.random(in: .min ... .max))), cost: cost)
    }

    /// The user, if these credentials were proved before; costs microseconds.
    func remembered(_ credentials: BasicCredentials) -> User? {
        remembered.user(for: remembered.tag(of: credentials))
    }

    /// Proves credentials.
    ///
    /// `completion` is called once: on a thread of the proofs', or with `.busy` before this returns.
    func verify(_ credentials: BasicCredentials, completion: @escaping @Sendable (Verdict) -> Void) {
        let tag = remembered.tag(of: credentials)
        enum Next {
            case wait
            case work(lane: Int)
            case refuse
        }
        let next: Next = line.withLockedValue { line in
            // Many clients of one user cost one proof. Only one that has not begun counts: the hash is read later.
            if let index = line.waiting.firstIndex(where: { $0.tag == tag }) {
                line.waiting[index].completions.append(completion)
                return .wait
            }
            guard line.waiting.count < Self.mostWaiting else { return .refuse }
            line.waiting.append(Proof(tag: tag, credentials: credentials, completions: [completion]))
            return line.idle.popLast().map { .work(lane: $0) } ?? .wait
        }
        switch next {
        case .wait: break
        case .work(let lane): lanes[lane].async { self.work(lane) }
        case .refuse: completion(.busy)
        }
    }

    /// Forgets the remembered credentials, after the users have changed. A proof under way is not remembered either.
    func forgetAll() {
        remembered.forgetAll()
    }

    /// Makes proofs until none is left to begin.
    private func work(_ lane: Int) {
        while true {
            let proof = line.withLockedValue { line in
                let proof = line.next()
                if proof == nil { line.idle.append(lane) }
                return proof
            }
            guard let proof else { return }
            let verdict = remembered.user(for: proof.tag).map(Verdict.accepted) ?? prove(proof)
            // What waited for these credentials can be begun now, at the latest by this lane.
            line.withLockedValue { _ = $0.running.remove(proof.tag) }
            for completion in proof.completions { completion(verdict) }
        }
    }

    private func prove(_ proof: Proof) -> Verdict {
        do {
            let generation = remembered.generation
            guard let (user, hash) = try lookup(proof.credentials.name) else {
                _ = stranger.matches(proof.credentials.password)
                return .refused
            }
            guard hash.matches(proof.credentials.password) else { return .refused }
            remembered.remember(proof.tag, as: user, if: generation)
            return .accepted(user)
        } catch {
            return .unknown
        }
    }
}
