internal import NIOConcurrencyHelpers

/// Counts objects that C code holds a pointer to. Tests prove with it that none is lost.
final class LiveCount: Sendable {
    private let count = NIOLockedValueBox(0)

    /// How many there are now.
    var current: Int { count.withLockedValue { $0 } }

    /// One more.
    func enter() { count.withLockedValue { $0 += 1 } }

    /// One less.
    func leave() { count.withLockedValue { $0 -= 1 } }
}
