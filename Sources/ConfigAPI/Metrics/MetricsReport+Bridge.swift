internal import BridgeEngine

extension MetricsReport {
    /// What the connection to the XMPP server is like now.
    func addState(to text: inout MetricsText) {
        let status = bridge.status
        text.family(
            "callbridge_xmpp_state", .gauge, "The state of the connection to the XMPP server: 1 for the one it is in.")
        for state in BridgeStatus.State.allCases {
            text.sample(state == status.state ? 1 : 0, ("state", state.rawValue))
        }
        text.family(
            "callbridge_xmpp_state_timestamp_seconds", .gauge, "When that state began, in seconds since 1970.")
        text.sample(seconds: Self.seconds(status.since))
        text.single(
            "callbridge_xmpp_revision", .gauge, "The revision of the configuration that the state is about.",
            status.revision)
        text.family("callbridge_xmpp_warning", .gauge, "Facts that want attention: 1 for each that holds.")
        for warning in BridgeStatus.Warning.allCases {
            text.sample(status.warnings.contains(warning) ? 1 : 0, ("warning", warning.rawValue))
        }
        text.family(
            "callbridge_xmpp_server_certificate_not_after_timestamp_seconds", .gauge,
            "When the XMPP server's certificate ends, in seconds since 1970; while connected.")
        if let certificate = status.tls?.peer { text.sample(Int(certificate.notAfter)) }
        text.family("callbridge_alarm_active", .gauge, "Whether there is an alarm, by type.")
        text.sample(AlarmsResource.rows(status: status).isEmpty ? 0 : 1, ("type", AlarmsResource.type))
    }

    /// What has become of attempts and connections.
    func addConnections(to text: inout MetricsText) {
        let counters = bridge.counters
        let attempts = attempts.counts
        text.family(
            "callbridge_xmpp_attempts_total", .counter, "Attempts to connect that have ended, by outcome.")
        for outcome in AttemptReport.Outcome.allCases {
            text.sample(attempts.outcomes[outcome] ?? 0, ("outcome", outcome.rawValue))
        }
        text.family(
            "callbridge_xmpp_failures_total", .counter,
            "Attempts that failed, by step and reason of what got furthest, and connections lost (step connected).")
        let lost = counters.lost.map { (step: BridgeFailure.Stage.connected.rawValue, reason: $0.key, count: $0.value) }
        let failed = attempts.failures.map { (step: $0.key.stage.rawValue, reason: $0.key.reason, count: $0.value) }
        for failure in (failed + lost).sorted(by: { ($0.step, $0.reason.rawValue) < ($1.step, $1.reason.rawValue) }) {
            text.sample(failure.count, ("step", failure.step), ("reason", failure.reason.rawValue))
        }
        text.family(
            "callbridge_xmpp_connect_duration_seconds", .histogram,
            "Time from the beginning of an attempt to the registration, of attempts that have succeeded.")
        text.histogram(attempts.durations)
        text.single(
            "callbridge_xmpp_connections_total", .counter, "Connections made: the component was registered.",
            counters.connections)
        text.single(
            "callbridge_xmpp_connections_lost_total", .counter, "Connections that ended without being told to.",
            counters.lost.values.reduce(0, +))
        text.single(
            "callbridge_xmpp_reconnections_total", .counter,
            "Connections made after one was lost under the same settings.", counters.reconnections)
        text.family(
            "callbridge_xmpp_last_connected_timestamp_seconds", .gauge,
            "When the component was last registered, in seconds since 1970; 0 before the first time.")
        text.sample(seconds: counters.lastConnectedAt.map(Self.seconds) ?? 0)
        text.single(
            "callbridge_xmpp_checks_total", .counter, "Checks of settings begun, which leave the connection alone.",
            counters.checks)
        text.family(
            "callbridge_xmpp_stanzas_dropped_total", .counter,
            "Stanzas from the XMPP server that the component neither answers nor has asked for, by kind.")
        text.sample(counters.dropped.messages, ("kind", "message"))
        text.sample(counters.dropped.presence, ("kind", "presence"))
        text.sample(counters.dropped.others, ("kind", "other"))
    }

    private static func seconds(_ moment: Timestamp) -> Double { Double(moment.milliseconds) / 1000 }
}
