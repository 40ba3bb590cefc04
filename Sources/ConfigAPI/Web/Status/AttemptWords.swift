internal import BridgeEngine

/// What became of an attempt, in a few words.
struct AttemptWords: Sendable {
    let report: AttemptReport

    /// The outcome, with the reason where it failed.
    var html: HTML {
        switch report.outcome {
        case .succeeded: "<span class=\"good\">connected</span> as \(report.jid)"
        case .cancelled: "given up for other settings, or at the end"
        case .failed:
            report.failure.map { failure in
                """
                <span class="bad">failed</span> – \(failure.stage.words), <code>\(failure.reason.rawValue)</code>: \
                \(failure.detail)
                """
            } ?? "<span class=\"bad\">failed</span>"
        }
    }
}
