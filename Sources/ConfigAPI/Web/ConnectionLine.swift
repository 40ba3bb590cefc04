internal import BridgeEngine

/// The state of the connection in words that an administrator can act on.
struct ConnectionLine: Sendable {
    let status: BridgeStatus
    let now: Timestamp

    /// The line, with times that a script keeps up to date.
    var html: HTML { "\(status.state.rawValue)" }

    /// The line without anything that changes with time alone, for who is told each change.
    var announcement: String { status.state.rawValue }
}
