internal import BridgeEngine

/// What the page says of a check: how far it has come, or what came of it.
enum CheckSection: Sendable {
    /// There was none yet.
    case idle
    case running(AttemptProgress, ContinuousClock.Instant)
    /// It has ended.
    /// - Parameter registers: whether it was to go as far as the registration.
    case ended(AttemptReport, registers: Bool)
    /// There could be none, for this reason.
    case refused(String)

    /// The section.
    var html: HTML {
        let busy: HTML = if case .running = self { " aria-busy=\"true\"" } else { "" }
        return """
            <section id="check" class="card" aria-labelledby="check-heading"\(busy)>
            <h2 id="check-heading">Check</h2>
            <p id="check-result" class="summary" role="status">\(sentence)</p>
            \(picture)
            </section>
            """
    }

    private var sentence: HTML {
        switch self {
        case .idle:
            """
            <span class="quiet">Tries to connect with what is entered above, step by step, beside the connection that there \
            is, and stores nothing.</span>
            """
        case .running(let progress, _):
            // With the step, for those who only hear it.
            "Trying to connect as \(progress.jid): \(progress.steps.last?.step.words ?? "beginning") …"
        case .ended(let report, let registers): Self.sentence(report, registers)
        case .refused(let reason): "<span class=\"bad\">\(reason)</span>"
        }
    }

    private static func sentence(_ report: AttemptReport, _ registers: Bool) -> HTML {
        let server = report.steps.last { $0.outcome == .succeeded && $0.server != nil }?.server ?? "the server"
        switch report.outcome {
        case .succeeded where registers:
            return "<span class=\"good\">It works:</span> \(report.jid) can register at \(server)."
        case .succeeded:
            return """
                <span class="good">It works so far:</span> \(server) has opened its stream. The registration was not tried, because \
                the Call Bridge is connected by this name, and some servers end a connection when its name registers again.
                """
        case .cancelled: return "The check was broken off."
        case .failed:
            guard let failure = report.failure else { return "It fails." }
            return """
                <span class="bad">It fails:</span> \(failure.stage.words), <code>\(failure.reason.rawValue)</code>: \
                \(failure.detail)
                """
        }
    }

    private var picture: HTML {
        switch self {
        case .idle, .refused: AttemptPicture.empty(id: "check")
        case .running(let progress, let now):
            AttemptPicture(timeline: AttemptTimeline(progress, at: now), id: "check").html
        case .ended(let report, _): AttemptPicture(timeline: AttemptTimeline(report), id: "check").html
        }
    }
}
