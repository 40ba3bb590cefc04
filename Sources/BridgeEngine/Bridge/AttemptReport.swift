/// What became of one attempt to connect, step by step.
///
/// A value: it is made once the attempt has ended, and never holds a secret. It is kept as JSON, so a field that is added
/// to it has to be optional, or older reports can't be read any more.
public struct AttemptReport: Sendable, Equatable, Codable {
    /// How an attempt ended. The words are part of the HTTP contract.
    public enum Outcome: String, Sendable, CaseIterable, Codable {
        /// The component is registered; a check without registration: the server has opened its stream.
        case succeeded
        /// See ``AttemptReport/failure``.
        case failed
        /// Other settings, or the end of the bridge, came in between.
        case cancelled
    }

    /// The configuration revision; nil for a check, whose settings are not stored.
    public let revision: Int?
    /// The component's JID.
    public let jid: String
    /// How the server was found.
    public let source: BridgeStatus.Source
    /// When it began.
    public let startedAt: Timestamp
    /// How long it took, in microseconds.
    public let microseconds: Int64
    /// How it ended.
    public let outcome: Outcome
    /// Why it failed: of all that went wrong, what got furthest.
    public let failure: BridgeFailure?
    /// What it did, in the order in which it was begun; steps towards several addresses may overlap.
    public let steps: [AttemptStep]
    /// How many steps are not in ``steps``, because there were too many; they were in its middle.
    public let omittedSteps: Int
}
