import TestSupport
import Testing

@testable import BridgeEngine

/// What a bridge counts while it lives.
@Suite(.timeLimit(.minutes(5))) struct BridgeCountersTests {
    private let bench: HostileBench

    init() throws {
        bench = try HostileBench()
    }

    @Test func `a lost connection and the one that follows are counted, and the stanzas between`() async throws {
        let stanzas = "<message from='a@b'/><message from='a@b'/><presence from='a@b'/>" + HostileAction.ping(id: "2")
        let script: [HostileAction] =
            .connected + [.say(stanzas), .waitFor(HostileAction.pong(id: "2")), .hangUp]
        let server = try await bench.server(script)
        let bridge = try bench.bridge(.patient)
        #expect(bridge.bridge.counters == BridgeCounters())
        bridge.bridge.apply(bench.settings(server), revision: 1)
        let (_, passed) = try await bridge.next { $0.state == .waiting }
        _ = try await bridge.next(after: passed) { $0.state == .connected }
        let counters = bridge.bridge.counters
        #expect(counters.connections == 2)
        #expect(counters.reconnections == 1)
        #expect(counters.lost == [.connectionLost: 1])
        #expect(counters.lastConnectedAt == bridge.bridge.status.since)
        #expect((counters.dropped.messages, counters.dropped.presence, counters.dropped.others) == (2, 1, 0))
        await bridge.stop()
        try await server.stop()
    }

    @Test func `other settings make a connection of their own, and a check is none`() async throws {
        let server = try await bench.server()
        let bridge = try bench.bridge(.patient)
        for revision in 1...2 {
            bridge.bridge.apply(bench.settings(server, name: "cb\(revision)"), revision: revision)
            _ = try await bridge.next { $0.state == .connected && $0.revision == revision }
        }
        _ = try await bridge.bridge.check(bench.settings(server))
        await bridge.stop()
        let counters = bridge.bridge.counters
        #expect(counters.connections == 2)
        #expect(counters.reconnections == 0)
        #expect(counters.lost.isEmpty)
        #expect(counters.checks == 1)
        try await server.stop()
    }
}
