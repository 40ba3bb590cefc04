internal import BridgeEngine

/// An attempt's steps in time: of one that has ended, or of one that is under way.
struct AttemptTimeline: Sendable, Equatable {
    /// How a step stands.
    enum Outcome: String, Sendable, CaseIterable {
        case underWay, succeeded, failed, cancelled
    }

    /// A step.
    struct Step: Sendable, Equatable {
        let step: ConnectionStep
        /// `host:port`; nil for the look-up that finds it.
        let server: String?
        /// `ip:port`.
        let address: String?
        /// How long after the attempt's begin it began, in microseconds.
        let offset: Int64
        /// How long it took, or takes so far, in microseconds.
        let microseconds: Int64
        let outcome: Outcome
        let failure: BridgeFailure?
        /// What was seen: records, addresses, what TLS has agreed, the stream's id.
        let seen: AttemptStep
    }

    let steps: [Step]
    /// How long the attempt took, or takes so far, in microseconds.
    let microseconds: Int64
    let omittedSteps: Int

    /// An attempt that has not begun.
    init() { (steps, microseconds, omittedSteps) = ([], 0, 0) }

    /// An attempt that has ended.
    init(_ report: AttemptReport) {
        self.init(
            report.steps, underWay: [], startedAt: report.startedAt, microseconds: report.microseconds,
            omittedSteps: report.omittedSteps)
    }

    /// One that is under way, at a moment.
    init(_ progress: AttemptProgress, at now: ContinuousClock.Instant = .now) {
        let (seconds, attoseconds) = progress.elapsed(at: now).components
        self.init(
            progress.steps, underWay: progress.underWay, startedAt: progress.startedAt,
            microseconds: seconds * 1_000_000 + attoseconds / 1_000_000_000_000, omittedSteps: progress.omittedSteps)
    }

    private init(
        _ steps: [AttemptStep], underWay: Set<Int>, startedAt: Timestamp, microseconds: Int64, omittedSteps: Int
    ) {
        self.microseconds = microseconds
        self.omittedSteps = omittedSteps
        self.steps = steps.enumerated().map { index, step in
            let offset = max(0, step.startedAt.milliseconds - startedAt.milliseconds) * 1000
            let isUnderWay = underWay.contains(index)
            return Step(
                step: step.step, server: step.server, address: step.address, offset: offset,
                microseconds: isUnderWay ? max(0, microseconds - offset) : step.microseconds,
                outcome: isUnderWay ? .underWay : Outcome(step.outcome), failure: isUnderWay ? nil : step.failure,
                seen: step)
        }
    }
}

extension AttemptTimeline.Outcome {
    init(_ outcome: AttemptStep.Outcome) {
        switch outcome {
        case .succeeded: self = .succeeded
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        }
    }
}
