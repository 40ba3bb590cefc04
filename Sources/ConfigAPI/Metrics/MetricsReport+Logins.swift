internal import BridgeEngine

extension MetricsReport {
    /// What has become of the logins of clients.
    func addLogins(to text: inout MetricsText) {
        text.family(
            "callbridge_logins_total", .counter,
            "Logins of clients decided, by door (who asked), result and reason; accepted ones have no reason.")
        let counts = logins.counts
        for door in LoginDoor.allCases {
            for verdict in LoginVerdict.allCases {
                text.sample(
                    counts.verdicts[door]?[verdict] ?? 0, ("door", door.rawValue), ("result", verdict.outcome.rawValue),
                    ("reason", verdict.reason ?? ""))
            }
        }
        text.family(
            "callbridge_login_duration_seconds", .histogram,
            "Time that it took to decide about logins, those included that were given up.")
        text.histogram(counts.durations)
        let counters = bridge.counters
        text.family(
            "callbridge_xmpp_login_requests_rejected_total", .counter,
            "Questions about logins from the XMPP server that were not looked into: the asker may not ask, or it can't be read."
        )
        text.sample(counters.loginsForbidden, ("kind", "forbidden"))
        text.sample(counters.loginsMalformed, ("kind", "malformed"))
    }
}
