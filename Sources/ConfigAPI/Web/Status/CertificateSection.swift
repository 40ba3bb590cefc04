internal import BridgeEngine

/// The TLS session that there is, or that there was last, and the certificate that the server showed.
struct CertificateSection: Sendable {
    let status: BridgeStatus
    /// The last attempts, the latest first.
    let attempts: [AttemptLog.Entry]
    let now: Timestamp

    /// The section; its rows are always the same.
    var html: HTML {
        let (tls, seen) = session
        let peer = tls?.peer
        let names: HTML? = peer.map { peer in
            .joined(peer.subjectAltNames.map { "<code>\($0)</code>" }, by: ", ")
        }
        let rows: [HTML] = [
            FactRow.html("Seen", seen),
            FactRow.html("TLS", tls.map { "\($0.version), \($0.cipher)\($0.resumed ? ", session resumed" : "")" }),
            FactRow.html(
                "Our certificate",
                tls.map { $0.mutual ? "was asked for and sent" : "was not asked for, or there is none" }),
            FactRow.html("Server's certificate", peer.map(\.subject)), FactRow.html("It names", names),
            FactRow.html("It ends", peer.map { end(Timestamp(milliseconds: $0.notAfter * 1000)) }),
            FactRow.html("SHA-256", peer.map { "<code>\($0.sha256)</code>" as HTML }, isTall: true),
        ]
        return StatusPage.section("certificate", "Certificate", "<dl class=\"facts\">\(.joined(rows, by: "\n"))</dl>")
    }

    private var session: (TLSSessionInfo?, seen: HTML?) {
        if let tls = status.tls { return (tls, "now, while connected") }
        for attempt in attempts {
            if let tls = attempt.report.steps.last(where: { $0.tls != nil })?.tls {
                return (tls, "in attempt \(attempt.id), \(.time(attempt.report.startedAt))")
            }
        }
        return (nil, nil)
    }

    private func end(_ end: Timestamp) -> HTML {
        end > now
            ? "\(.time(end)), in \(.wait(until: end, at: now))" : "\(.time(end)), <span class=\"bad\">has ended</span>"
    }
}
