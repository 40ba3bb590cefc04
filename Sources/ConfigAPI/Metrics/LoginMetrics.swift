internal import BridgeEngine
internal import NIOConcurrencyHelpers

/// Counts the logins that have been decided.
final class LoginMetrics: Sendable {
    /// What has been counted at one door.
    struct Counts: Sendable {
        var verdicts: [LoginVerdict: Int] = [:]
        /// How long the verdicts took.
        var durations = MetricHistogram(bounds: MetricHistogram.short)
    }

    private let state = NIOLockedValueBox<[LoginDoor: Counts]>([:])

    /// Counts a login.
    func count(_ report: LoginReport, at door: LoginDoor) {
        state.withLockedValue { counts in
            counts[door, default: Counts()].verdicts[report.verdict, default: 0] += 1
            if let microseconds = report.microseconds {
                counts[door, default: Counts()].durations.observe(
                    nanoseconds: UInt64(clamping: microseconds) * 1000)
            }
        }
    }

    /// What has been counted so far.
    func counts(at door: LoginDoor) -> Counts { state.withLockedValue { $0[door] ?? Counts() } }
}
