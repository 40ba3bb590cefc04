internal import BridgeEngine

/// An attempt's steps as text: what was done, towards whom, how long, and what was seen.
struct AttemptText: Sendable {
    let timeline: AttemptTimeline

    /// A list of the steps, in the order in which they were begun.
    var html: HTML {
        let items = timeline.steps.map { "<li>\(Self.item($0))</li>" as HTML }
        let omitted: HTML? =
            timeline.omittedSteps == 0
            ? nil : "<p class=\"quiet\">\(timeline.omittedSteps) more steps in the middle were left out.</p>"
        return items.isEmpty
            ? "<p class=\"quiet\">Nothing has been done yet.</p>"
            : "<ol class=\"steps\">\(.joined(items))</ol>\(omitted)"
    }

    private static func item(_ step: AttemptTimeline.Step) -> HTML {
        let whom = [step.server, step.address].compactMap(\.self).joined(separator: ", ")
        var html: HTML = "<p><strong>\(step.step.words)</strong>"
        if !whom.isEmpty { html += " \(whom)" }
        html += """
            : \(step.outcome.mark) \(SpanOfTime.words(microseconds: step.microseconds)); begun after \
            \(SpanOfTime.words(begin: step.offset / 1000))</p>
            """
        if let failure = step.failure {
            html += "<p><code>\(failure.reason.rawValue)</code>: \(failure.detail)</p>"
        }
        for sight in sights(step.seen) { html += "<p class=\"quiet\">\(sight)</p>" }
        return html
    }

    private static func sights(_ step: AttemptStep) -> [HTML] {
        var sights: [HTML] = step.records.map { record in
            "SRV \(record.priority) \(record.weight) \(record.port) \(record.target).: priority, weight, port, target"
        }
        if !step.addresses.isEmpty { sights.append("Addresses: \(step.addresses.joined(separator: ", "))") }
        if let tls = step.tls {
            let certificate = tls.mutual ? "with our certificate" : "without our certificate"
            sights.append("\(tls.version), \(tls.cipher), \(certificate)\(tls.resumed ? ", resumed" : "")")
            if let peer = tls.peer {
                sights.append("The certificate names \(peer.subjectAltNames.joined(separator: ", "))")
            }
        }
        if let id = step.streamID { sights.append("Stream id \(id)") }
        return sights
    }
}
