/// Slows the guessing of passwords down: so many wrong ones of a pair of address and user name within a minute, and for
/// a minute after the last of them nothing more is proved for that pair, the right password included.
///
/// Addresses are counted as ``PeerAddress/Client`` does. A proof that is under way counts as wrong until it is over, so
/// that no more than `attempts` are made however many come at once. A success does not clear the count: it may be
/// another's behind the same address.
struct GuessLimit: Sendable {
    /// Who is counted.
    struct Pair: Sendable, Hashable {
        let client: PeerAddress.Client
        /// Cut where it is too long to be a user's.
        let name: String

        init(client: PeerAddress.Client, name: String) {
            self.client = client
            self.name = String(decoding: name.utf8.prefix(UserRules.longestName + 1), as: UTF8.self)
        }
    }

    private struct Record {
        /// When the wrong ones of the last minute were found out, the oldest first; at most `attempts`.
        var wrong: [ContinuousClock.Instant] = []
        /// Proofs under way.
        var running = 0

        mutating func forgetOld(at now: ContinuousClock.Instant) {
            wrong.removeAll { $0 + GuessLimit.period <= now }
        }
    }

    /// In which time wrong passwords add up, and how long nothing is proved afterwards.
    static let period = Duration.seconds(60)
    /// The pairs that are kept, but for ``slack``. A hash takes the proofs so long that few are found wrong in a period; so many
    /// take as many addresses.
    static let mostPairs = 4096
    /// How many more there may be before the list is cut: what costs as much as the list is long is not done each time.
    static let slack = 1024
    /// How often it is looked for what no longer counts.
    private static let cleaningInterval = Duration.seconds(1)

    /// How many wrong passwords are too many; 0: there is no limit.
    let attempts: Int
    private var records: [Pair: Record] = [:]
    private var cleanedAt: ContinuousClock.Instant?

    init(attempts: Int) {
        self.attempts = attempts
    }

    /// Whether nothing is counted, so that there is nothing to look up.
    var isEmpty: Bool { records.isEmpty }

    /// How many pairs are kept.
    var count: Int { records.count }

    /// How long the pair has to wait; nil if it need not.
    func wait(for pair: Pair, at now: ContinuousClock.Instant) -> Duration? {
        guard let record = records[pair], record.wrong.count >= attempts, let last = record.wrong.last else {
            return nil
        }
        let left = now.duration(to: last + Self.period)
        return left > .zero ? left : nil
    }

    /// A proof for the pair is about to begin.
    /// - Returns: nil: it may, and `end` is to be called after it. Otherwise how long the pair has to wait.
    mutating func begin(_ pair: Pair, at now: ContinuousClock.Instant) -> Duration? {
        guard attempts > 0 else { return nil }
        if let left = wait(for: pair, at: now) { return left }
        var record = records[pair, default: Record()]
        record.forgetOld(at: now)
        // Those under way decide within a moment.
        guard record.wrong.count + record.running < attempts else { return .seconds(1) }
        record.running += 1
        records[pair] = record
        return nil
    }

    /// Proofs for these pairs are over.
    /// - Returns: The pairs that have to wait from now on.
    mutating func end(_ pairs: [Pair], wereWrong: Bool, at now: ContinuousClock.Instant) -> [Pair] {
        guard attempts > 0 else { return [] }
        var locked: [Pair] = []
        for pair in pairs {
            var record = records[pair, default: Record(running: 1)]
            record.running -= 1
            if wereWrong {
                record.forgetOld(at: now)
                record.wrong.append(now)
                if record.wrong.count == attempts { locked.append(pair) }
            }
            records[pair] = record
        }
        if records.count > Self.mostPairs + Self.slack || cleanedAt.map({ $0 + Self.cleaningInterval <= now }) ?? true {
            forgetOld(at: now)
            cleanedAt = now
        }
        return locked
    }

    /// Drops what no longer counts and, beyond ``mostPairs``, what counts least: the fewest wrong passwords and, of
    /// these, the oldest. So nobody gets rid of his own count by filling the list with others.
    private mutating func forgetOld(at now: ContinuousClock.Instant) {
        records = records.filter {
            $0.value.running > 0 || ($0.value.wrong.last.map { $0 + Self.period > now } ?? false)
        }
        let excess = records.count - Self.mostPairs
        guard excess > 0 else { return }
        let idle = records.filter { $0.value.running == 0 }.sorted { one, other in
            (one.value.wrong.count, one.value.wrong.last ?? now) < (
                other.value.wrong.count, other.value.wrong.last ?? now
            )
        }
        for (pair, _) in idle.prefix(excess) { records[pair] = nil }
    }
}
