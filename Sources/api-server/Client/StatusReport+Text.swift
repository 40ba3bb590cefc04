extension StatusReport {
    /// The state for people, some lines.
    var text: String {
        var lines = LabelledLines()
        lines.add("State", stateText)
        lines.add("Missing", missing)
        lines.add("Component", jid)
        lines.add("Server", server.map { "\($0)\(sourceText)" })
        lines.add("Address", address)
        lines.add("TLS", tls?.summary)
        if let certificate = tls?.peerCertificate {
            lines.add("Certificate", "\(certificate.subject), ends \(certificate.notAfter)")
            lines.add("Names", certificate.subjectAltNames)
        }
        if let attempts, attempts > 0 { lines.add("Attempts", "\(attempts)") }
        lines.add("Next attempt", nextAttemptAt)
        if let lastFailure {
            lines.add("Last failure", lastFailure.summary + (lastFailure.at.map { ", \($0)" } ?? ""))
            lines.add("", lastFailure.detail)
        }
        lines.add(
            "Logins",
            loginRequests.map { "\($0.accepted) accepted, \($0.refused) refused, \($0.failed) not decided" })
        lines.add("Warnings", warnings)
        lines.add("Revision", "\(revision)")
        return lines.text
    }

    /// The state in a few words.
    var summary: String {
        let state = step.map { "\(self.state), \($0)" } ?? self.state
        guard let lastFailure else { return state }
        return "\(state); last failure: \(lastFailure.summary)"
    }

    private var stateText: String {
        let state = step.map { "\(self.state), \($0)" } ?? self.state
        return since.map { "\(state), since \($0)" } ?? state
    }

    private var sourceText: String {
        switch source {
        case "srv": ", found by DNS SRV"
        case "override": ", as configured"
        default: ""
        }
    }
}

extension StatusReport.Failure {
    /// Reason and step.
    var summary: String { step == "connected" ? "\(reason), while connected" : "\(reason) at \(step)" }
}

extension StatusReport.TLS {
    /// What was agreed.
    var summary: String { "\(version), \(cipher), \(mutual ? "with" : "without") our certificate" }
}
