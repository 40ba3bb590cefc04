internal import NIOConcurrencyHelpers

/// Counts what has become of the store's writes.
final class StoreWrites: Sendable {
    /// What has been counted.
    struct Counts: Sendable {
        /// How long the changes of settings took that have reached the disk, the wait for their turn included.
        var durations = MetricHistogram(bounds: MetricHistogram.short)
        /// Changes that could not be written.
        var failures = 0
        /// Whether the last one could not be written.
        var hasFailed = false
    }

    private let state = NIOLockedValueBox(Counts())

    /// A change has reached the disk.
    func committed(nanoseconds: UInt64) {
        state.withLockedValue { counts in
            counts.durations.observe(nanoseconds: nanoseconds)
            counts.hasFailed = false
        }
    }

    /// A change could not be written.
    func failed() {
        state.withLockedValue { counts in
            counts.failures += 1
            counts.hasFailed = true
        }
    }

    /// The store can be written again.
    func recovered() {
        state.withLockedValue { $0.hasFailed = false }
    }

    /// What has been counted so far.
    var counts: Counts { state.withLockedValue { $0 } }
}
