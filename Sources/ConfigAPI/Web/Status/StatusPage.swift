internal import BridgeEngine

/// The page that tells how the connection is and what led to it.
struct StatusPage: Sendable {
    /// A page of the event log.
    struct Events: Sendable {
        let total: Int
        let entries: [EventLog.Entry]
    }

    /// How many attempts are listed.
    static let mostAttempts = 20

    let status: BridgeStatus
    /// The attempt that is under way.
    let running: AttemptProgress?
    /// The last attempts, the latest first.
    let attempts: [AttemptLog.Entry]
    /// The number of the attempt that was asked for instead of the running or the last one.
    var asked: Int64?
    /// That attempt; nil where it is not kept any more.
    var chosen: AttemptLog.Entry?
    /// Nil where the log can't be read.
    let events: Events?
    let page: Page
    let now: Timestamp
    let instant: ContinuousClock.Instant

    /// What stands between the frame's header and footer.
    var main: HTML {
        .joined(
            [
                ConnectionSection(status: status, now: now).html, attempt,
                CertificateSection(status: status, attempts: attempts, now: now).html, logins, alarms, list,
                EventSection(events: events, page: page, chosen: asked).html,
            ], by: "\n")
    }

    /// A section with its heading.
    static func section(_ id: HTML, _ heading: HTML, _ content: HTML) -> HTML {
        """
        <section id="\(id)" class="card" aria-labelledby="\(id)-heading" data-live>
        <h2 id="\(id)-heading">\(heading)</h2>
        \(content)
        </section>
        """
    }

    // MARK: Sections

    private var attempt: HTML {
        if let asked {
            let back: HTML = "<p><a href=\"?#attempt\">Back to the last attempt</a></p>"
            guard let chosen else {
                // The page may have been open for longer than the attempt is kept.
                return Self.section(
                    "attempt", "Attempt \(asked)",
                    "<p class=\"summary\">Attempt \(asked) is not kept any more, or there was none.</p>\(back)")
            }
            return Self.section(
                "attempt", "Attempt \(chosen.id)", "\(ended(chosen, AttemptWords(report: chosen.report).html))\(back)")
        }
        if let running {
            let timeline = AttemptTimeline(running, at: instant)
            return Self.section(
                "attempt", "Running attempt",
                """
                <p class="summary">Begun at \(.time(running.startedAt)), as \(running.jid)</p>
                \(AttemptPicture(timeline: timeline, id: "attempt").html)
                """)
        }
        if let last = attempts.first {
            return Self.section("attempt", "Last attempt", ended(last, AttemptWords(report: last.report).short))
        }
        return Self.section(
            "attempt", "Last attempt",
            "<p class=\"summary\">There was none yet.</p>\(AttemptPicture.empty(id: "attempt"))")
    }

    private func ended(_ entry: AttemptLog.Entry, _ outcome: HTML) -> HTML {
        """
        <p class="summary">Attempt \(entry.id), begun at \(.time(entry.report.startedAt)): \
        \(outcome)</p>
        \(AttemptPicture(timeline: AttemptTimeline(entry.report), id: "attempt").html)
        """
    }

    private var logins: HTML {
        let counts = status.loginRequests
        let rows: [HTML] = [
            FactRow.html("Accepted", counts.map { "\($0.accepted)" }),
            FactRow.html("Refused", counts.map { "\($0.refused)" }),
            FactRow.html("Not decided", counts.map { "\($0.failed)" }),
        ]
        return Self.section(
            "logins", "Client logins",
            """
            <p class="quiet">Logins that the XMPP server has asked about, since connected.</p>
            <dl class="facts">\(.joined(rows, by: "\n"))</dl>
            """)
    }

    private var alarms: HTML {
        let alarm = AlarmsResource.alarm(status: status, now: instant)
        let text: HTML =
            alarm.map { alarm in
                """
                <p class="alarm"><span class="bad">\(AlarmsResource.type)</span>: <code>\(alarm.failureReason)</code>, active \
                for \(SpanOfTime.words(milliseconds: Int64(alarm.activeSeconds) * 1000))</p>
                """
            } ?? "<p class=\"alarm\">No alarm is active.</p>"
        return Self.section("alarms", "Alarms", text)
    }

    private var list: HTML {
        let items = attempts.prefix(Self.mostAttempts).map { entry -> HTML in
            """
            <li id="attempt-\(entry.id)"><p><a href="?attempt=\(entry.id)#attempt">Attempt \(entry.id)</a> \
            <span class="quiet">\(.time(entry.report.startedAt)), took \
            \(SpanOfTime.words(microseconds: entry.report.microseconds))</span></p>
            <p>\(AttemptWords(report: entry.report).html)</p></li>
            """
        }
        return Self.section(
            "attempts", "Last attempts",
            items.isEmpty ? "<p>There was none yet.</p>" : "<ol class=\"log\">\(.joined(items, by: "\n"))</ol>")
    }
}
