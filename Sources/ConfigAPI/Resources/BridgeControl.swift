internal import BridgeEngine

/// What the API needs of a bridge.
protocol BridgeControl: Sendable {
    /// See ``Bridge/status``.
    var status: BridgeStatus { get }
    /// See ``Bridge/apply(_:revision:)``.
    func apply(_ settings: BridgeSettings, revision: Int)
}

extension Bridge: BridgeControl {}
