internal import BridgeEngine

/// What a page says of the connection: a line, and the facts behind it.
struct ConnectionSection: Sendable {
    let status: BridgeStatus
    let now: Timestamp
    /// Whether the facts are told too; their rows are always the same, so that nothing moves when one is known.
    var hasFacts = true

    /// The section.
    var html: HTML {
        let line = ConnectionLine(status: status, now: now)
        return """
            <section id="connection" class="card" aria-labelledby="connection-heading" data-live \
            data-state="\(status.state.rawValue)" data-announcement="\(line.announcement)">
            <h2 id="connection-heading">XMPP connection</h2>
            <p class="line" data-tone="\(line.tone.rawValue)"><span>\(line.html)</span></p>
            \(hasFacts ? facts : nil)
            </section>
            """
    }

    private var facts: HTML {
        let rows: [HTML] = [
            FactRow.html("Component", status.jid), FactRow.html("Server", status.server.map { "\($0)\(found)" }),
            FactRow.html("Address", status.address),
            FactRow.html("Secret", status.sharedSecretSet ? "A shared secret is set." : "No shared secret is set."),
            FactRow.html("In this state since", .time(status.since)),
            FactRow.html("Attempts", status.state == .connected ? nil : "\(status.attempts)"),
            FactRow.html("Last failure", failure, isTall: true), FactRow.html("Warnings", warnings),
            FactRow.html("Configuration", "Revision \(status.revision)"),
        ]
        return "<dl class=\"facts\">\(.joined(rows, by: "\n"))</dl>"
    }

    private var found: String {
        switch status.source {
        case .srv: ", found by DNS SRV"
        case .override: ", as configured"
        case nil: ""
        }
    }

    private var failure: HTML? {
        status.lastFailure.map { last in
            "\(.time(last.at)), \(last.failure.stage.words), <code>\(last.failure.reason.rawValue)</code>"
        }
    }

    private var warnings: HTML? {
        status.warnings.isEmpty ? nil : .joined(status.warnings.map { "\($0.sentence)" }, by: "<br>")
    }
}
