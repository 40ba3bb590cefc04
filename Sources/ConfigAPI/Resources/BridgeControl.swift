internal import BridgeEngine

/// What the API needs of a bridge.
protocol BridgeControl: Sendable {
    /// See ``Bridge/status``.
    var status: BridgeStatus { get }
    /// See ``Bridge/counters``.
    var counters: BridgeCounters { get }
    /// See ``Bridge/apply(_:revision:)``.
    func apply(_ settings: BridgeSettings, revision: Int)
    /// See ``Bridge/reconnect()``.
    func reconnect()
    /// See ``Bridge/observe(_:)``.
    func observe(_ observer: @escaping @Sendable (BridgeStatus) -> Void) -> StatusObservation
    /// See ``Bridge/attemptInProgress``.
    var attemptInProgress: AttemptProgress? { get }
    /// See ``Bridge/check(_:registering:advanced:)``.
    func check(
        _ settings: BridgeSettings, registering: Bool, advanced: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws(Bridge.CheckError) -> AttemptReport
}

extension Bridge: BridgeControl {}
