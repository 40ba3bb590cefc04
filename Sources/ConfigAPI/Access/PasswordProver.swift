internal import BridgeEngine
internal import Dispatch
internal import Logging
internal import NIOConcurrencyHelpers

/// Proves names and passwords, each of which belongs to an account or to nobody.
///
/// A proof costs a quarter of a second and 16 MiB, so at most two are made at once, on threads of their own, and at most
/// ``mostWaiting`` wait for their turn. ``GuessLimit`` says who may ask for one. Addresses take turns, so that one that
/// sends name after name, which no limit of guesses sees, can't keep the others out.
final class PasswordProver<Account: Sendable & Equatable>: Sendable {
    /// Where the stored hash of an account is looked up; called on the threads of the proofs.
    typealias Lookup = @Sendable (_ name: String) throws -> (user: Account, hash: PasswordHash)?
    /// The hash of some user or other, always the same for one name.
    typealias Decoy = @Sendable (_ name: String) throws -> PasswordHash?

    /// See ``generation``.
    typealias Generation = RememberedCredentials<Account>.Generation

    /// The result of a proof.
    enum Verdict: Sendable, Equatable {
        case accepted(Account)
        case refused
        /// Too many wrong passwords from there; nothing was proved.
        case throttled(retryAfter: Int)
        /// The store can't be read.
        case unknown
        /// Too many proofs are waiting, of all addresses or of that one; nothing was proved.
        case busy
    }

    /// Proofs that may wait, each for other credentials.
    static var mostWaiting: Int { 64 }
    /// Of these, those that one client may have brought, unless it is told otherwise.
    static var mostWaitingOfClient: Int { 8 }
    /// Proofs that are made at once.
    static var mostRunning: Int { 2 }

    /// A request that waits for a proof.
    private struct Request {
        let address: String
        let isWanted: @Sendable () -> Bool
        let completion: @Sendable (Verdict) -> Void
    }

    /// Requests that wait for one proof.
    private struct Proof {
        let tag: CredentialTag
        let credentials: BasicCredentials
        /// Who brought it: the first of the requests.
        let client: PeerAddress.Client
        var requests: [Request]

        var isWanted: Bool { requests.contains { $0.isWanted() } }
    }

    /// What comes of a request.
    private enum Next {
        case wait
        case work(lane: Int)
        case refuse
    }

    private struct Line {
        /// In the order of their turns.
        var waiting: [Proof] = []
        /// What is being proved now.
        var running: Set<CredentialTag> = []
        /// The lanes that have nothing to do.
        var idle = Array(0..<PasswordProver.mostRunning)
        let mostWaitingOfClient: Int

        /// Whether a client may bring one more.
        func hasRoom(for client: PeerAddress.Client) -> Bool {
            waiting.count < PasswordProver.mostWaiting
                && waiting.count { $0.client == client } < mostWaitingOfClient
        }

        /// Takes out what nobody waits for any more.
        mutating func takeUnwanted() -> [Proof] {
            let unwanted = waiting.filter { !$0.isWanted }
            if !unwanted.isEmpty { waiting = waiting.filter(\.isWanted) }
            return unwanted
        }

        /// The next proof; its client's others go to the end of the line. One of the credentials that are being proved
        /// right now waits for that: it is then remembered.
        mutating func next() -> Proof? {
            guard let index = waiting.firstIndex(where: { !running.contains($0.tag) }) else { return nil }
            let proof = waiting.remove(at: index)
            running.insert(proof.tag)
            waiting = waiting.filter { $0.client != proof.client } + waiting.filter { $0.client == proof.client }
            return proof
        }
    }

    private let lookup: Lookup
    private let decoy: Decoy
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let message: Logger.Message
    private let remembered: RememberedCredentials<Account>
    private let guesses: NIOLockedValueBox<GuessLimit>
    /// What an unknown name's password is compared with where there is no other hash.
    private let stranger: PasswordHash
    private let line: NIOLockedValueBox<Line>
    /// Serial queues: each has a thread of its own while it works, beside the pool that others share.
    private let lanes = (0..<PasswordProver.mostRunning).map { DispatchQueue(label: "password-\($0)") }

    /// - Parameters:
    ///   - cost: of a hash that stands for unknown names where `decoy` has none.
    ///   - attempts: wrong passwords of a pair of address and name in a minute, then it has to wait; 0: no limit.
    ///   - waitingOfClient: proofs that may wait of one client.
    ///   - remembering: how many proved credentials are remembered.
    ///   - decoy: an unknown name's password is compared with this hash, so that names can't be told by timing, whatever
    ///     the cost of the stored hashes is.
    ///   - logger: gets a line when a pair has to wait, with this message.
    ///   - now: the time, for the limit.
    /// - Throws: where there is no randomness.
    init(
        cost: PasswordHash.Cost = .standard, attempts: Int = 10,
        waitingOfClient: Int = PasswordProver.mostWaitingOfClient,
        remembering: Int = RememberedCredentials<Account>.capacity, decoy: @escaping Decoy = { _ in nil },
        logger: Logger = Logger(label: "access") { _ in SwiftLogNoOpLogHandler() },
        message: Logger.Message = "too many wrong passwords: the user has to wait at this address",
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, lookup: @escaping Lookup
    ) throws(PasswordHash.Failure) {
        self.lookup = lookup
        self.decoy = decoy
        self.now = now
        self.logger = logger
        self.message = message
        line = NIOLockedValueBox(Line(mostWaitingOfClient: waitingOfClient))
        remembered = try RememberedCredentials(capacity: remembering)
        guesses = NIOLockedValueBox(GuessLimit(attempts: attempts))
        stranger = try PasswordHash.ofNobody(cost: cost)
    }

    /// The account, if these credentials were proved before; costs microseconds.
    func remembered(_ credentials: BasicCredentials) -> Account? {
        remembered.user(for: remembered.tag(of: credentials))
    }

    /// For how many seconds nothing is believed of this name from this address; nil in all other cases. Costs nothing
    /// while nobody guesses wrong.
    func wait(of name: String, from address: String) -> Int? {
        guesses.withLockedValue { guesses in
            guard !guesses.isEmpty else { return nil }
            return guesses.wait(for: .init(client: .init(address), name: name), at: now()).map(Self.wholeSeconds)
        }
    }

    /// Proves credentials that came from an address.
    ///
    /// `completion` is called once: on a thread of the proofs', or with `.busy` before this returns.
    /// - Parameter isWanted: whether somebody still waits for the verdict; if not, none is made, and it is `.busy`.
    func verify(
        _ credentials: BasicCredentials, from address: String, isWanted: @escaping @Sendable () -> Bool = { true },
        completion: @escaping @Sendable (Verdict) -> Void
    ) {
        let tag = remembered.tag(of: credentials)
        let client = PeerAddress.Client(address)
        let request = Request(address: address, isWanted: isWanted, completion: completion)
        let (next, unwanted): (Next, [Proof]) = line.withLockedValue { line in
            // Many clients of one user cost one proof. Only one that has not begun counts: the hash is read later.
            if let index = line.waiting.firstIndex(where: { $0.tag == tag }) {
                line.waiting[index].requests.append(request)
                return (.wait, [])
            }
            let unwanted = line.hasRoom(for: client) ? [] : line.takeUnwanted()
            guard line.hasRoom(for: client) else { return (.refuse, unwanted) }
            line.waiting.append(Proof(tag: tag, credentials: credentials, client: client, requests: [request]))
            return (line.idle.popLast().map { .work(lane: $0) } ?? .wait, unwanted)
        }
        for proof in unwanted { for request in proof.requests { request.completion(.busy) } }
        switch next {
        case .wait: break
        case .work(let lane): lanes[lane].async { self.work(lane) }
        case .refuse: completion(.busy)
        }
    }

    /// Which state of the users what is remembered is about; another one after ``forgetAll()``.
    var generation: Generation { remembered.generation }

    /// Forgets the remembered credentials, after the users have changed. A proof under way is not remembered either.
    func forgetAll() {
        remembered.forgetAll()
    }

    /// What a password for this name is compared with, known or not.
    func candidate(for name: String) throws -> (user: Account?, hash: PasswordHash) {
        if let (user, hash) = try lookup(name) { return (user, hash) }
        return (nil, try decoy(name) ?? stranger)
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
            let verdicts = proof.isWanted ? judge(proof) : proof.requests.map { _ in Verdict.busy }
            // What waited for these credentials can be begun now, at the latest by this lane.
            line.withLockedValue { _ = $0.running.remove(proof.tag) }
            for (request, verdict) in zip(proof.requests, verdicts) { request.completion(verdict) }
        }
    }

    /// One proof for all requests that may have one; the same password counts once for each address.
    /// - Returns: The verdicts in the order of the requests.
    private func judge(_ proof: Proof) -> [Verdict] {
        let name = proof.credentials.name
        let pairs = proof.requests.map { GuessLimit.Pair(client: .init($0.address), name: name) }
        let all = Set(pairs)
        let waits: [GuessLimit.Pair: Duration] = guesses.withLockedValue { guesses in
            var waits: [GuessLimit.Pair: Duration] = [:]
            for pair in all { waits[pair] = guesses.begin(pair, at: now()) }
            return waits
        }
        let allowed = all.filter { waits[$0] == nil }
        // What is remembered stays secret from those who have to wait, too.
        let verdict = allowed.isEmpty ? .refused : remembered.user(for: proof.tag).map(Verdict.accepted) ?? prove(proof)
        let locked = guesses.withLockedValue {
            $0.end(Array(allowed), wereWrong: verdict == .refused, at: now())
        }
        for pair in locked {
            let request = zip(proof.requests, pairs).first { $0.1 == pair }
            var metadata: Logger.Metadata = [LogKey.user: "\(proof.credentials.loggedName)"]
            if let address = request?.0.address, !address.isEmpty { metadata[LogKey.client] = "\(address)" }
            logger.notice(message, metadata: metadata)
        }
        return pairs.map { waits[$0].map { .throttled(retryAfter: Self.wholeSeconds($0)) } ?? verdict }
    }

    private func prove(_ proof: Proof) -> Verdict {
        do {
            let generation = remembered.generation
            let (user, hash) = try candidate(for: proof.credentials.name)
            // In this order: what takes time is done for everybody.
            guard hash.matches(proof.credentials.password), let user else { return .refused }
            if remembered.generation != generation {
                // The users have changed meanwhile: who was removed, or has another password now, is not let in.
                guard let (now, current) = try lookup(proof.credentials.name), current == hash else { return .refused }
                return .accepted(now)
            }
            remembered.remember(proof.tag, as: user, if: generation)
            return .accepted(user)
        } catch {
            return .unknown
        }
    }

    /// Rounded up: who comes back then need not wait again.
    private static func wholeSeconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) + (attoseconds > 0 ? 1 : 0)
    }
}
