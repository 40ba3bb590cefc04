internal import BridgeEngine

/// What became of an attempt, in a few words.
struct AttemptWords: Sendable {
    let report: AttemptReport

    /// The outcome, with where and why it failed.
    var html: HTML {
        guard let failure = report.failure else { return short }
        return "\(short): \(failure.detail)"
    }

    /// The outcome, with step and reason where it failed.
    var short: HTML {
        switch report.outcome {
        case .succeeded: "<span class=\"good\">connected</span> as \(report.jid)"
        case .cancelled: "given up for other settings, or at the end"
        case .failed:
            report.failure.map { failure in
                """
                <span class="bad">failed</span> – \(failure.stage.words), <code>\(failure.reason.rawValue)</code>
                """
            } ?? "<span class=\"bad\">failed</span>"
        }
    }
}
