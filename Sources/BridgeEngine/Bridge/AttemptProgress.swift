/// An attempt to connect that has not ended, as far as it has come.
///
/// A value: it does not change by itself, but what is under way goes on, so its durations are told for a moment.
public struct AttemptProgress: Sendable, Equatable {
    /// The configuration revision; nil for a check, whose settings are not stored.
    public let revision: Int?
    /// The component's JID.
    public let jid: String
    /// How the server was found, or is being looked for.
    public let source: BridgeStatus.Source
    /// When it began.
    public let startedAt: Timestamp
    /// What it has done and does, in the order in which it was begun; steps towards several addresses may overlap.
    public let steps: [AttemptStep]
    /// Which of ``steps`` have not ended: their indices. Of those neither ``AttemptStep/outcome`` nor
    /// ``AttemptStep/microseconds`` says anything.
    public let underWay: Set<Int>
    /// How many steps are not in ``steps``, because there were too many; they were in its middle.
    public let omittedSteps: Int
    /// When it began, on a clock that nobody sets.
    let start: ContinuousClock.Instant

    /// For how long it has been under way at a moment.
    public func elapsed(at now: ContinuousClock.Instant = .now) -> Duration { max(start.duration(to: now), .zero) }
}
