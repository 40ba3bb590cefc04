import NIOConcurrencyHelpers
import TestSupport

@testable import BridgeEngine
@testable import ConfigAPI

/// A bridge without a network: each status is what the test says.
final class NotedBridge: BridgeControl {
    private struct State {
        var status: BridgeStatus
        var attempt: AttemptProgress?
        var checkProgress: [AttemptProgress] = []
        var counters = BridgeCounters()
        var applied: [(settings: BridgeSettings, revision: Int)] = []
        var reconnects = 0
        var checks: [(settings: BridgeSettings, registers: Bool)] = []
        var checkResult: Result<AttemptReport, Bridge.CheckError> = .failure(.stopped)
        var observers: [@Sendable (BridgeStatus) -> Void] = []
    }

    /// The attempt that is under way.
    var attemptInProgress: AttemptProgress? {
        get { state.withLockedValue { $0.attempt } }
        set { state.withLockedValue { $0.attempt = newValue } }
    }

    /// While it is true, no check comes to its end.
    let holdsChecks = WatchedValue(false)
    private let state: NIOLockedValueBox<State>

    init() {
        let status = BridgeStatus(
            state: .waiting, revision: 0, sharedSecretSet: false, missing: [], attempts: 2,
            since: Timestamp(milliseconds: 1_795_407_611_532), warnings: [], sequence: 5, boot: "b007")
        state = NIOLockedValueBox(State(status: status))
    }

    /// Set without telling anybody.
    var status: BridgeStatus {
        get { state.withLockedValue { $0.status } }
        set { state.withLockedValue { $0.status = newValue } }
    }

    /// Set as the bridge would count.
    var counters: BridgeCounters {
        get { state.withLockedValue { $0.counters } }
        set { state.withLockedValue { $0.counters = newValue } }
    }

    /// What it was told, in order.
    var applied: [(settings: BridgeSettings, revision: Int)] { state.withLockedValue { $0.applied } }
    var reconnects: Int { state.withLockedValue { $0.reconnects } }
    var checks: [(settings: BridgeSettings, registers: Bool)] { state.withLockedValue { $0.checks } }

    /// What a check comes to, and what it tells before.
    func answerChecks(with result: Result<AttemptReport, Bridge.CheckError>, after progress: [AttemptProgress] = []) {
        state.withLockedValue { state in
            state.checkResult = result
            state.checkProgress = progress
        }
    }

    /// Publishes a changed status, as the next in the sequence.
    func publish(_ change: (inout BridgeStatus) -> Void) {
        let (status, observers) = state.withLockedValue { state in
            change(&state.status)
            state.status.sequence += 1
            return (state.status, state.observers)
        }
        for observer in observers { observer(status) }
    }

    func apply(_ settings: BridgeSettings, revision: Int) {
        state.withLockedValue { $0.applied.append((settings, revision)) }
    }

    func reconnect() { state.withLockedValue { $0.reconnects += 1 } }

    func observe(_ observer: @escaping @Sendable (BridgeStatus) -> Void) -> StatusObservation {
        state.withLockedValue { $0.observers.append(observer) }
        return StatusObservation {}
    }

    func check(
        _ settings: BridgeSettings, registering: Bool, advanced: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws(Bridge.CheckError) -> AttemptReport {
        let (result, progress) = state.withLockedValue { state in
            state.checks.append((settings, registering))
            return (state.checkResult, state.checkProgress)
        }
        for progress in progress { advanced(progress) }
        _ = try? await holdsChecks.wait { !$0 }
        return try result.get()
    }
}
