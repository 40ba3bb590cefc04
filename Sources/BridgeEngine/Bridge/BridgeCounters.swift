/// What a bridge has counted since it was made; see ``Bridge/counters``.
public struct BridgeCounters: Sendable, Equatable {
    /// Connections made: the component was registered.
    public internal(set) var connections = 0
    /// Those of them that followed on one that was lost, under the same settings.
    public internal(set) var reconnections = 0
    /// Connections that ended without being told to, by reason.
    public internal(set) var lost: [FailureReason: Int] = [:]
    /// When the last connection was made; nil before the first.
    public internal(set) var lastConnectedAt: Timestamp?
    /// Checks begun.
    public internal(set) var checks = 0
    /// Stanzas that the component has dropped.
    public internal(set) var dropped = DroppedStanzas()
    /// Logins that hosts which may ask have asked about over the connection.
    public internal(set) var logins = LoginCounts()
    /// Questions about logins from hosts or users who may not ask.
    public internal(set) var loginsForbidden = 0
    /// Questions about logins that can't be read.
    public internal(set) var loginsMalformed = 0
    private var hasLost = false

    init() {}

    /// Counts what is about logins.
    mutating func note(_ fact: LoginFact) {
        switch fact {
        case .decided(let report): logins.count(report.verdict)
        case .forbidden: loginsForbidden += 1
        case .malformed: loginsMalformed += 1
        }
    }

    /// Counts what a newly published status says about connections.
    /// - Parameter wasConnected: whether the status before it said `connected`.
    mutating func note(_ status: BridgeStatus, wasConnected: Bool) {
        // Other settings clear the failure: what comes then is a connection of its own.
        if status.lastFailure == nil { hasLost = false }
        switch (wasConnected, status.state) {
        case (false, .connected):
            connections += 1
            if hasLost { reconnections += 1 }
            hasLost = false
            lastConnectedAt = status.since
        case (true, .waiting):
            guard let failure = status.lastFailure?.failure else { break }
            lost[failure.reason, default: 0] += 1
            hasLost = true
        default: break
        }
    }
}
