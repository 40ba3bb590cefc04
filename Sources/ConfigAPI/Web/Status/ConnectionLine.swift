internal import BridgeEngine

/// The state of the connection in words that an administrator can act on.
struct ConnectionLine: Sendable {
    /// How it is, for a colour beside the words.
    enum Tone: String, Sendable, CaseIterable {
        case good, busy, bad, idle
    }

    let status: BridgeStatus
    let now: Timestamp

    /// How it is.
    var tone: Tone {
        switch status.state {
        case .connected: .good
        case .connecting: status.lastFailure == nil ? .busy : .bad
        case .waiting: .bad
        case .notConfigured, .stopped: .idle
        }
    }

    /// The line, with times that a script keeps up to date.
    var html: HTML {
        switch status.state {
        case .connected: "connected to \(server) for \(.age(of: status.since, at: now))"
        case .waiting:
            "waiting, next attempt in \(.wait(until: status.nextAttemptAt ?? now, at: now))\(detail.map { ": \($0)" as HTML })"
        case .connecting: "connecting: \(step)\(lastReason)"
        case .notConfigured: "not configured: \(missing)"
        case .stopped: "stopped: the Call Bridge is ending"
        }
    }

    /// The line without what changes with time alone, for those who are told each change; of an outage once for each
    /// reason, not at each attempt.
    var announcement: String {
        switch status.state {
        case .connected: "XMPP connection: connected to \(server)"
        case .waiting: "XMPP connection: not connected\(detail.map { ": \($0)" } ?? "")"
        case .connecting: "XMPP connection: \(detail.map { "not connected: \($0)" } ?? "connecting")"
        case .notConfigured: "XMPP connection: not configured: \(missing)"
        case .stopped: "XMPP connection: stopped"
        }
    }

    private var server: String { status.server ?? "the server" }
    private var detail: String? { status.lastFailure?.failure.detail }

    /// In a word: the sentence is there again as soon as the bridge waits, and both together are long.
    private var lastReason: HTML? {
        status.lastFailure.map { "; the last attempt failed, <code>\($0.failure.reason.rawValue)</code>" }
    }

    /// What is being done, and towards whom.
    private var step: HTML {
        guard let step = status.step else { return "beginning" }
        return "\(step.words)\(status.server.map { " – \($0)" as HTML })"
    }

    private var missing: String {
        let labels = status.missing.map(\.label)
        guard let last = labels.last else { return "nothing is missing" }
        if labels.count == 1 { return "\(last) is missing" }
        return "\(labels.dropLast().joined(separator: ", ")) and \(last) are missing"
    }
}
