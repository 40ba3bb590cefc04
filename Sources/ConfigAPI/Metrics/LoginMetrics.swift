internal import BridgeEngine
internal import NIOConcurrencyHelpers

/// Counts the logins that have been decided.
final class LoginMetrics: Sendable {
    /// What has been counted.
    struct Counts: Sendable {
        /// What became of the logins, by who had asked.
        var verdicts: [LoginDoor: [LoginVerdict: Int]] = [:]
        /// How long it took to decide.
        var durations = MetricHistogram(bounds: MetricHistogram.short)
    }

    private let state = NIOLockedValueBox(Counts())

    /// Counts a login.
    func count(_ report: LoginReport, at door: LoginDoor) {
        state.withLockedValue { $0.verdicts[door, default: [:]][report.verdict, default: 0] += 1 }
    }

    /// A decision has been made, or given up.
    func decided(nanoseconds: UInt64) {
        state.withLockedValue { $0.durations.observe(nanoseconds: nanoseconds) }
    }

    /// What has been counted so far.
    var counts: Counts { state.withLockedValue { $0 } }
}
