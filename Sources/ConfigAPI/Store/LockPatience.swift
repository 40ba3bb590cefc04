internal import Glibc
internal import NIOConcurrencyHelpers

/// How long the writing connection waits while another process holds the lock of a writer.
///
/// Changes are made one after the other, so all of them wait behind the one that waits. Once its time is up, those behind it
/// are told at once: sixteen changes that came together are answered after 5 s, not after 80.
final class LockPatience: Sendable {
    /// How long a change waits, in nanoseconds.
    static let limit: UInt64 = 5_000_000_000
    /// How long after such a wait nobody waits again.
    static let pause: UInt64 = 1_000_000_000

    private struct State {
        var limit = LockPatience.limit
        var start: UInt64 = 0
        var end: UInt64?
    }

    private let now: @Sendable () -> UInt64
    private let sleep: @Sendable (_ microseconds: UInt32) -> Void
    private let state: NIOLockedValueBox<State> = .init(State())

    /// - Parameters:
    ///   - now: the time in nanoseconds; for tests.
    ///   - sleep: blocks the connection's thread; for tests.
    init(
        now: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds },
        sleep: @escaping @Sendable (_ microseconds: UInt32) -> Void = { usleep($0) }
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// What SQLite does when it finds a lock: waits a little and tries again, or gives up.
    /// - Parameter tries: how often it has tried for this lock before.
    /// - Returns: false: give up.
    func waits(tries: Int) -> Bool {
        let now = now()
        let goesOn = state.withLockedValue { state in
            if tries == 0 {
                if state.limit == Self.limit, let end = state.end, now - end < Self.pause { return false }
                state.start = now
                state.end = nil
            }
            if now - state.start < state.limit { return true }
            if state.limit == Self.limit { state.end = now }
            return false
        }
        if goesOn { sleep(UInt32(min(tries + 1, 25)) * 1000) }
        return goesOn
    }

    /// Does something on the connection that is worth a short wait only, 100 ms.
    func hurried<Value>(_ body: () throws -> Value) rethrows -> Value {
        state.withLockedValue { $0.limit = 100_000_000 }
        defer { state.withLockedValue { $0.limit = Self.limit } }
        return try body()
    }
}
