import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine

/// How far an attempt has come, told while it lasts.
@Suite(.timeLimit(.minutes(5))) struct AttemptProgressTests {
    private let lab: BridgeLab

    init() throws {
        lab = try BridgeLab()
    }

    /// The steps with their outcomes.
    private func lines(_ progress: AttemptProgress?) -> [String] {
        (progress?.steps ?? []).enumerated().map { index, step in
            "\(step.step.rawValue) \(progress?.underWay.contains(index) == true ? "…" : step.outcome.rawValue)"
        }
    }

    @Test func `the step that hangs is under way, and gone with the attempt`() async throws {
        let silent = try await ScriptedComponentServer.start(
            lab.tls, secret: "right", behaviour: .silentAtHeader, group: lab.group)
        let bridge = try lab.bridge()
        #expect(bridge.attemptInProgress == nil)
        bridge.apply(lab.settings(port: silent.port), revision: 3)
        _ = try await lab.wait(bridge) { $0.step == .streamOpen }
        let progress = try #require(bridge.attemptInProgress)
        #expect(lines(progress) == ["tcpConnect succeeded", "tlsHandshake succeeded", "streamOpen …"])
        #expect((progress.revision, progress.jid, progress.source) == (3, "cb1.example.test", .override))
        #expect(progress.elapsed(at: progress.start.advanced(by: .seconds(2))) == .seconds(2))
        bridge.apply(BridgeSettings(), revision: 4)
        await bridge.stop()
        #expect(bridge.attemptInProgress == nil)
        try await silent.stop()
    }

    @Test func `there is none once it is connected, nor while it waits`() async throws {
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let bridge = try lab.bridge()
        let seen = NIOLockedValueBox<[Bool]>([])
        let observation = bridge.observe { status in
            if [.connected, .waiting].contains(status.state) {
                seen.withLockedValue { $0.append(bridge.attemptInProgress == nil) }
            }
        }
        bridge.apply(lab.settings(port: server.port, secret: "wrong"), revision: 1)
        _ = try await lab.wait(bridge) { $0.state == .waiting }
        bridge.apply(lab.settings(port: server.port), revision: 2)
        _ = try await lab.wait(bridge) { $0.state == .connected }
        observation.cancel()
        await bridge.stop()
        #expect(seen.withLockedValue { $0 } == [true, true])
        try await server.stop()
    }

    @Test func `a check tells each step as it begins and as it ends`() async throws {
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let bridge = try lab.bridge()
        let told = NIOLockedValueBox<[AttemptProgress]>([])
        let report = try await bridge.check(lab.settings(port: server.port)) { progress in
            told.withLockedValue { $0.append(progress) }
        }
        #expect(bridge.attemptInProgress == nil, "a check is not the bridge's own attempt")
        let progress = told.withLockedValue { $0 }
        #expect(progress.first.map(lines) == ["tcpConnect …"])
        #expect(progress.map(lines).contains(["tcpConnect succeeded", "tlsHandshake succeeded", "streamOpen …"]))
        let last = try #require(progress.last)
        #expect(last.steps.map(\.step) == report.steps.map(\.step))
        #expect(last.startedAt == report.startedAt && last.revision == nil)
        // Steps only come, in their order.
        for (earlier, later) in zip(progress, progress.dropFirst()) {
            #expect(later.steps.map(\.step).starts(with: earlier.steps.map(\.step)))
        }
        await bridge.stop()
        try await server.stop()
    }
}
