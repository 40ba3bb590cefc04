import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import BridgeEngine

/// The bridge as a whole against an XMPP server in this process.
@Suite(.serialized) struct BridgeTests {
    private let lab: BridgeLab
    private var tls: TLSTestServer { lab.tls }
    private var group: MultiThreadedEventLoopGroup { lab.group }
    private var resolver: StubResolver { lab.resolver }

    init() throws {
        lab = try BridgeLab()
    }

    private func bridge(limits: StepLimits = .patientToTheEnd) throws -> Bridge {
        var options = BridgeOptions()
        options.limits = limits
        return try lab.bridge(options)
    }

    private func settings(_ server: ScriptedComponentServer, name: String = "cb1", secret: String = "right")
        -> BridgeSettings
    {
        lab.settings(port: server.port, name: name, secret: secret)
    }

    private func wait(_ bridge: Bridge, until condition: (BridgeStatus) -> Bool) async throws -> BridgeStatus {
        try await lab.wait(bridge, until: condition)
    }

    @Test func `it connects by SRV, tells the server, and stops politely`() async throws {
        let server = try await ScriptedComponentServer.start(tls, secret: "right", group: group)
        resolver.addSRV(
            "_xmpp-component._tcp.example.test",
            [SRVRecord(priority: 0, weight: 0, port: server.port, target: "xmpp1.example.test")])
        resolver.addAddresses("xmpp1.example.test", [try #require(IPAddress("127.0.0.1"))])
        let bridge = try bridge()
        #expect(bridge.status.state == .notConfigured)
        var settings = settings(server)
        settings.serverAddressOverride = nil
        bridge.apply(settings, revision: 7)
        let status = try await wait(bridge) { $0.state == .connected }
        #expect(status.revision == 7)
        #expect(status.server == "xmpp1.example.test:\(server.port)")
        #expect(status.address == "127.0.0.1:\(server.port)")
        #expect(status.source == .srv)
        #expect(status.jid == "cb1.example.test")
        #expect(status.tls?.mutual == false)
        #expect(status.tls?.peer?.subjectAltNames.contains("DNS:example.test") == true)
        await bridge.stop()
        #expect(bridge.status.state == .stopped)
        #expect(server.journal.accepted == ["cb1.example.test"])
        #expect(server.journal.closedPolitely == 1)
        try await server.stop()
    }

    /// See `Bridge.apply`.
    @Test func `a status read after apply is never about older settings`() async throws {
        let server = try await ScriptedComponentServer.start(tls, secret: "right", group: group)
        let bridge = try bridge()
        let choices = [
            settings(server), settings(server, name: "cb2"), settings(server, secret: "wrong"), BridgeSettings(),
        ]
        var random = SeededGenerator(seed: 1)
        var wanted = BridgeSettings()
        for revision in 1...2000 {
            let next = choices.randomElement(using: &random) ?? wanted
            let before = bridge.status
            bridge.apply(next, revision: revision)
            let after = bridge.status
            #expect(after.revision == revision)
            if next != wanted {
                // There was no time for a new connection; a status that says so would be about the old one.
                #expect(after.state != .connected || after.sequence > before.sequence + 3)
                #expect(after.lastFailure == nil || after.sequence > before.sequence + 1)
            }
            #expect(next.account != nil || after.state == .notConfigured)
            wanted = next
            // Now and then it gets the time to come up.
            if revision % 100 == 0, next.account != nil {
                _ = try await wait(bridge) { $0.state == .connected || $0.state == .waiting }
            }
        }
        bridge.apply(settings(server, name: "last"), revision: 2001)
        _ = try await wait(bridge) { $0.state == .connected }
        await bridge.stop()
        #expect(server.journal.accepted.last == "last.example.test")
        #expect(server.journal.mostOpen == 1, "two streams at once lose stanzas")
        try await server.stop()
    }

    @Test func `settings from many threads end in the last of them`() async throws {
        let server = try await ScriptedComponentServer.start(tls, secret: "right", group: group)
        let bridge = try bridge()
        let last = NIOLockedValueBox(0)
        let threads = (0..<8).map { thread in
            BackgroundThread {
                for round in 0..<250 {
                    // As a store does it: one change at a time, each with the next revision.
                    last.withLockedValue { last in
                        last += 1
                        let settings = BridgeSettings(
                            uniqueName: "cb-\(thread)-\(round)", domain: "example.test",
                            serverAddressOverride: ServerAddress("127.0.0.1:\(server.port)"),
                            sharedSecret: Secret("right"))
                        bridge.apply(settings, revision: last)
                        #expect(bridge.status.revision == last)
                    }
                }
            }
        }
        for thread in threads { try thread.join() }
        let status = try await wait(bridge) { $0.state == .connected && $0.revision == 2000 }
        #expect(status.jid == server.journal.accepted.last)
        await bridge.stop()
        #expect(server.journal.mostOpen == 1)
        try await server.stop()
    }

    @Test func `a wrong secret is refused and tried again later`() async throws {
        let server = try await ScriptedComponentServer.start(tls, secret: "right", group: group)
        let bridge = try bridge()
        bridge.apply(settings(server, secret: "wrong"), revision: 1)
        let status = try await wait(bridge) { $0.state == .waiting }
        #expect(status.lastFailure?.failure.reason == .notAuthorized)
        let wait = try #require(status.nextAttemptAt).milliseconds - status.since.milliseconds
        #expect((15_000...30_000).contains(wait))
        await bridge.stop()
        try await server.stop()
    }

    @Test func `a silent server is given up after the step's limit`() async throws {
        let server = try await ScriptedComponentServer.start(
            tls, secret: "right", behaviour: .silentAtRegistration, group: group)
        var limits = StepLimits.patient
        limits.registration = .milliseconds(100)
        let bridge = try bridge(limits: limits)
        bridge.apply(settings(server), revision: 1)
        let status = try await wait(bridge) { $0.lastFailure != nil }
        #expect(status.lastFailure?.failure.reason == .registrationTimedOut)
        await bridge.stop()
        try await server.stop()
    }

    @Test func `a server that never closes its side delays the next connection by the limit only`() async throws {
        let server = try await ScriptedComponentServer.start(
            tls, secret: "right", behaviour: .silentAtClose, group: group)
        var limits = StepLimits.patient
        limits.close = .milliseconds(50)
        let bridge = try bridge(limits: limits)
        bridge.apply(settings(server), revision: 1)
        _ = try await wait(bridge) { $0.state == .connected }
        bridge.apply(settings(server, name: "cb2"), revision: 2)
        #expect(bridge.status.state == .connecting)
        _ = try await wait(bridge) { $0.state == .connected }
        #expect(server.journal.accepted == ["cb1.example.test", "cb2.example.test"])
        await bridge.stop()
        try await server.stop()
    }

    /// Where an attempt can be held by the peers of this test.
    private static let moments: [ConnectionStep] = [
        .srvLookup, .addressLookup, .tlsHandshake, .streamOpen, .registration,
    ]

    private func held(in step: ConnectionStep) async throws -> (bridge: Bridge, server: ScriptedComponentServer) {
        let behaviour: ScriptedComponentServer.Behaviour =
            switch step {
            case .tlsHandshake: .silentAtTLS
            case .streamOpen: .silentAtHeader
            default: .silentAtRegistration
            }
        let server = try await ScriptedComponentServer.start(tls, secret: "right", behaviour: behaviour, group: group)
        let bridge = try bridge()
        var settings = settings(server)
        if step == .srvLookup { settings.serverAddressOverride = nil }
        if step == .addressLookup { settings.serverAddressOverride = ServerAddress("xmpp1.example.test") }
        resolver.hold("_xmpp-component._tcp.example.test")
        resolver.hold("xmpp1.example.test")
        bridge.apply(settings, revision: 1)
        _ = try await wait(bridge) { $0.step == step }
        return (bridge, server)
    }

    @Test(arguments: moments) func `stop ends an attempt in whichever step it is`(step: ConnectionStep) async throws {
        let (bridge, server) = try await held(in: step)
        await bridge.stop()
        #expect(bridge.status.state == .stopped)
        await bridge.stop()
        try await server.stop()
    }

    @Test(arguments: moments) func `a change ends an attempt in whichever step it is`(step: ConnectionStep) async throws
    {
        let (bridge, silent) = try await held(in: step)
        let server = try await ScriptedComponentServer.start(tls, secret: "right", group: group)
        bridge.apply(settings(server, name: "cb2"), revision: 2)
        #expect(bridge.status.revision == 2)
        let status = try await wait(bridge) { $0.state == .connected }
        #expect(status.jid == "cb2.example.test")
        #expect(status.lastFailure == nil)
        await bridge.stop()
        try await silent.stop()
        try await server.stop()
    }

    /// The server has gone by the time that TLS begins to write: the end must be seen all the same.
    @Test func `a server that resets at once is a failure, and no end is lost`() async throws {
        let server = try await ScriptedComponentServer.start(
            tls, secret: "right", behaviour: .resetsAtOnce, group: group)
        for round in 1...100 {
            let bridge = try bridge()
            bridge.apply(settings(server), revision: 1)
            if round % 2 == 0 {
                let status = try await wait(bridge) { $0.lastFailure != nil }
                #expect(status.lastFailure?.failure.stage == .step(.tlsHandshake))
                #expect(status.lastFailure?.failure.reason == .tlsFailed, "\(status)")
            }
            bridge.apply(settings(server, name: "cb2"), revision: 2)
            await bridge.stop()
            #expect(bridge.status.state == .stopped)
        }
        try await server.stop()
    }
}
