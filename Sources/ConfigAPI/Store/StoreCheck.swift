internal import Dispatch
internal import NIOConcurrencyHelpers

/// Tells whether the store is usable, however often it is asked.
///
/// Anybody may ask, without a user: so there is one check at a time, its outcome holds for a second, and a store that
/// does not answer is not usable.
final class StoreCheck: Sendable {
    /// How long an outcome holds, in nanoseconds.
    static let freshness: UInt64 = 1_000_000_000
    /// How long a store may take to answer.
    static let patience = DispatchTimeInterval.seconds(2)

    private struct State {
        var outcome: (isUsable: Bool, at: UInt64)?
        /// The number of the check that is under way.
        var running: Int?
        var lastNumber = 0
        /// Whether the check that is under way has had its time.
        var isLate = false
        var waiters: [@Sendable (Bool) -> Void] = []
    }

    private let check: @Sendable (@escaping @Sendable (Bool) -> Void) -> Void
    private let freshness: UInt64
    private let patience: DispatchTimeInterval
    private let queue = DispatchQueue(label: "store-check")
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - freshness: how long an outcome holds, in nanoseconds; for tests.
    ///   - patience: how long a check may take; for tests.
    ///   - check: begins a check of the store, without waiting for it.
    init(
        freshness: UInt64 = freshness, patience: DispatchTimeInterval = patience,
        check: @escaping @Sendable (_ completion: @escaping @Sendable (Bool) -> Void) -> Void
    ) {
        self.freshness = freshness
        self.patience = patience
        self.check = check
    }

    /// Whether the store is usable, where that is known; else nil, and `completion` is called once, on another thread.
    func isUsable(completion: @escaping @Sendable (Bool) -> Void) -> Bool? {
        let (known, started): (Bool?, Int?) = state.withLockedValue { state in
            if state.running != nil {
                if state.isLate { return (false, nil) }
                state.waiters.append(completion)
                return (nil, nil)
            }
            if let outcome = state.outcome, MonotonicClock.nanoseconds - outcome.at < freshness {
                return (outcome.isUsable, nil)
            }
            state.lastNumber += 1
            state.running = state.lastNumber
            state.waiters = [completion]
            return (nil, state.lastNumber)
        }
        if let started {
            check { self.finish(started, $0) }
            queue.asyncAfter(deadline: .now() + patience) { self.giveUp(started) }
        }
        return known
    }

    private func finish(_ number: Int, _ isUsable: Bool) {
        tell(isUsable) { state in
            guard state.running == number else { return false }
            state.running = nil
            state.isLate = false
            state.outcome = (isUsable, MonotonicClock.nanoseconds)
            return true
        }
    }

    private func giveUp(_ number: Int) {
        tell(false) { state in
            guard state.running == number else { return false }
            state.isLate = true
            return true
        }
    }

    private func tell(_ isUsable: Bool, if applies: (inout State) -> Bool) {
        let waiters = state.withLockedValue { state -> [@Sendable (Bool) -> Void] in
            guard applies(&state) else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter(isUsable) }
    }
}
