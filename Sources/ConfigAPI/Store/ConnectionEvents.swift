internal import BridgeEngine

/// Finds in the bridge's statuses, one after the other, what is worth an event. Pure.
struct ConnectionEvents {
    private var last: BridgeStatus?
    /// The certificate of the last event of each warning: it comes back with each connection, and is told once.
    private var warned: [BridgeStatus.Warning: String] = [:]

    /// What a newly published status tells.
    mutating func events(in status: BridgeStatus, at now: Timestamp) -> [Event] {
        defer { last = status }
        var events: [Event] = []
        if let failure = status.lastFailure, failure != last?.lastFailure {
            events.append(Self.event(failure, in: status))
        }
        if status.state == .connected, last?.state != .connected {
            events.append(Self.event(.connected, in: status, at: status.since))
        }
        for warning in status.warnings {
            if let event = event(warning, in: status, at: now) { events.append(event) }
        }
        if status.state == .stopped, last?.state != .stopped {
            events.append(Self.event(.stopped, in: status, at: status.since))
        }
        return events
    }

    private static func event(_ kind: Event.Kind, in status: BridgeStatus, at time: Timestamp) -> Event {
        var event = Event(kind, at: time)
        event.revision = status.revision
        event.jid = status.jid
        event.server = status.server
        return event
    }

    private static func event(_ last: BridgeStatus.LastFailure, in status: BridgeStatus) -> Event {
        let wasConnected = last.failure.stage == .connected
        var event = event(wasConnected ? .connectionLost : .connectionFailed, in: status, at: last.at)
        event.step = last.failure.stage.rawValue
        event.reason = last.failure.reason.rawValue
        event.detail = last.failure.detail
        if !wasConnected, let outage = status.outage {
            event.outage = outage.id.map { String($0, radix: 16) }.joined(separator: ".")
        }
        return event
    }

    private mutating func event(
        _ warning: BridgeStatus.Warning, in status: BridgeStatus, at now: Timestamp
    ) -> Event? {
        let certificate = status.tls?.peer
        switch warning {
        // How the server was started, and no event.
        case .verificationOff: return nil
        case .duplicateSuspected:
            if last?.warnings.contains(.duplicateSuspected) == true { return nil }
            return Self.event(.duplicateSuspected, in: status, at: now)
        case .certificateChanged, .certificateEndsSoon:
            guard let certificate, warned[warning] != certificate.sha256 else { return nil }
            warned[warning] = certificate.sha256
            var event = Self.event(
                warning == .certificateChanged ? .certificateChanged : .certificateEndsSoon, in: status, at: now)
            event.detail =
                warning == .certificateChanged
                ? "The SHA-256 of the server's certificate is \(certificate.sha256) now."
                : "The server's certificate ends at \(Timestamp(milliseconds: certificate.notAfter * 1000).rfc3339)."
            return event
        }
    }
}
