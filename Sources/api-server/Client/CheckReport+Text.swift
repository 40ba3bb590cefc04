extension CheckReport {
    /// The report for people: a table of the steps and what it comes to.
    var text: String {
        var table = TextTable(heading: ["STEP", "TARGET", "OUTCOME", "MS", "SEEN"])
        for step in steps {
            table.add([
                step.step, step.address ?? step.server ?? "-", step.outcome, Self.rounded(step.milliseconds), step.seen,
            ])
        }
        var text = table.text
        if let omittedSteps, omittedSteps > 0 { text += "(\(omittedSteps) more steps in the middle)\n" }
        return text + "\n" + LogText.escaped(conclusion) + "\n"
    }

    private var conclusion: String {
        let time = "after \(Self.rounded(milliseconds)) ms"
        guard isSuccess else {
            guard let failure else { return "\(jid): \(outcome) \(time)." }
            return "\(jid) does not connect: \(failure.summary), \(time)."
        }
        guard register else {
            return "\(jid) reaches the server \(time). Registration was not tried; --register does."
        }
        return "\(jid) connects and registers \(time)."
    }

    /// With one decimal.
    private static func rounded(_ milliseconds: Double) -> String {
        let tenths = Int((min(max(milliseconds, 0), 1e12) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension CheckReport.Step {
    /// What was seen, or why it failed.
    var seen: String {
        var seen: [String] = []
        if let records { seen.append(records.joined(separator: ", ")) }
        if let addresses { seen.append(addresses.joined(separator: ", ")) }
        if let tls {
            seen.append(tls.summary)
            if let certificate = tls.peerCertificate {
                let names = (certificate.subjectAltNames ?? []).joined(separator: ", ")
                seen.append("\(certificate.subject) (\(names)), ends \(certificate.notAfter)")
            }
        }
        if let streamId { seen.append("stream \(streamId)") }
        if let failure { seen.append("\(failure.reason): \(failure.detail)") }
        return seen.joined(separator: "; ")
    }
}
