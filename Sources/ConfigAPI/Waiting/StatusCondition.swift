internal import BridgeEngine

/// What a client waits for.
enum StatusCondition: Sendable, Equatable {
    /// One of these states, or `settled` if so, for this revision of the configuration or a later one.
    case reached(Set<BridgeStatus.State>, orSettled: Bool, revision: Int)
    /// Any status that is published after this one.
    case change(after: UInt64)

    /// Whether a status is what the client waits for.
    func isMet(by status: BridgeStatus) -> Bool {
        switch self {
        case .reached(let states, let orSettled, let revision):
            status.revision >= revision && (states.contains(status.state) || orSettled && Self.isSettled(status))
        case .change(let sequence): status.sequence > sequence
        }
    }

    /// Whether it is known what has become of the configuration: it is connected, or an attempt has failed, or there is
    /// none because something is missing or the bridge has ended. That there will be further attempts changes nothing.
    private static func isSettled(_ status: BridgeStatus) -> Bool {
        switch status.state {
        case .connected, .notConfigured, .stopped: true
        // A failure in the status is one of its revision.
        case .connecting, .waiting: status.lastFailure != nil
        }
    }
}
