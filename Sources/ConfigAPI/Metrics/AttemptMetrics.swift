internal import BridgeEngine
internal import NIOConcurrencyHelpers

/// Counts the attempts to connect that have ended.
final class AttemptMetrics: Sendable {
    /// What has been counted.
    struct Counts: Sendable {
        var outcomes: [AttemptReport.Outcome: Int] = [:]
        /// By step and reason.
        var failures: [Failure: Int] = [:]
        /// How long the attempts took that have succeeded.
        var durations = MetricHistogram(bounds: MetricHistogram.long)
    }

    /// Where attempts have failed and why.
    struct Failure: Sendable, Hashable {
        let stage: BridgeFailure.Stage
        let reason: FailureReason
    }

    private let state = NIOLockedValueBox(Counts())

    /// Counts an attempt.
    func count(_ report: AttemptReport) {
        state.withLockedValue { counts in
            counts.outcomes[report.outcome, default: 0] += 1
            if let failure = report.failure {
                counts.failures[Failure(stage: failure.stage, reason: failure.reason), default: 0] += 1
            }
            if report.outcome == .succeeded {
                counts.durations.observe(nanoseconds: UInt64(clamping: report.microseconds) * 1000)
            }
        }
    }

    /// What has been counted so far.
    var counts: Counts { state.withLockedValue { $0 } }
}
