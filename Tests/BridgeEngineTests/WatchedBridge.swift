import TestSupport
import Testing

@testable import BridgeEngine

/// A bridge, and all that it has said of itself.
final class WatchedBridge: Sendable {
    let bridge: Bridge
    /// Each status that was published, in order.
    let statuses: WatchedValue<[BridgeStatus]>
    private let observation: StatusObservation

    init(_ bridge: Bridge) {
        let statuses = WatchedValue<[BridgeStatus]>([])
        self.bridge = bridge
        self.statuses = statuses
        observation = bridge.observe { status in statuses.update { $0.append(status) } }
    }

    /// The first status of that kind behind the first `passed` ones, and how many there were with it; waits for it.
    func next(
        after passed: Int = 0, where condition: (BridgeStatus) -> Bool
    ) async throws -> (status: BridgeStatus, passed: Int) {
        let statuses = try await statuses.wait { $0.dropFirst(passed).contains(where: condition) }
        let index = statuses.dropFirst(passed).firstIndex(where: condition) ?? passed
        return (statuses[index], index + 1)
    }

    func stop() async {
        await bridge.stop()
        observation.cancel()
    }
}
