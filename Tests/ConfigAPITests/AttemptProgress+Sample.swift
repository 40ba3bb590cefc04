@testable import BridgeEngine

extension AttemptProgress {
    /// The sample attempt, while its registration is under way.
    static var sample: AttemptProgress {
        let report = AttemptReport.sample
        return AttemptProgress(
            revision: nil, jid: report.jid, source: report.source, startedAt: report.startedAt, steps: report.steps,
            underWay: [report.steps.count - 1], omittedSteps: 0, start: .now)
    }
}
