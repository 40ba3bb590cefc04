import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import BridgeEngine

/// The reports of a live bridge, and attempts on the side, against an XMPP server in this process.
@Suite(.timeLimit(.minutes(5))) struct BridgeAttemptTests {
    private let lab: BridgeLab

    init() throws {
        lab = try BridgeLab()
    }

    /// The steps of a report with their outcomes.
    private func lines(_ report: AttemptReport?) -> [String] {
        (report?.steps ?? []).map { "\($0.step.rawValue) \($0.outcome.rawValue)" }
    }

    private let toTheEnd = [
        "srvLookup succeeded", "addressLookup succeeded", "tcpConnect succeeded", "tlsHandshake succeeded",
        "streamOpen succeeded", "registration succeeded",
    ]

    /// Settings that find the server by DNS.
    private func found(_ server: ScriptedComponentServer, secret: String = "right") throws -> BridgeSettings {
        let record = SRVRecord(priority: 0, weight: 0, port: server.port, target: "xmpp1.example.test")
        lab.resolver.addSRV("_xmpp-component._tcp.example.test", [record])
        lab.resolver.addAddresses("xmpp1.example.test", [try #require(IPAddress("127.0.0.1"))])
        var settings = lab.settings(port: server.port, secret: secret)
        settings.serverAddressOverride = nil
        return settings
    }

    @Test func `each attempt is reported before the status tells its outcome`() async throws {
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let bridge = try lab.bridge()
        let reports = NIOLockedValueBox<[AttemptReport]>([])
        let states = NIOLockedValueBox<[BridgeStatus.State]>([])
        let observation = bridge.observeAttempts { report in
            reports.withLockedValue { $0.append(report) }
            states.withLockedValue { $0.append(bridge.status.state) }
        }
        bridge.apply(try found(server, secret: "wrong"), revision: 1)
        _ = try await lab.wait(bridge) { $0.state == .waiting }
        bridge.apply(try found(server), revision: 2)
        _ = try await lab.wait(bridge) { $0.state == .connected }
        let (refused, connected) = try reports.withLockedValue { ($0.first, try #require($0.last)) }
        #expect(reports.withLockedValue { $0.count } == 2)
        #expect(states.withLockedValue { $0 } == [.connecting, .connecting])
        #expect(lines(refused) == toTheEnd.dropLast() + ["registration failed"])
        #expect(refused?.failure?.reason == .notAuthorized)
        #expect(lines(connected) == toTheEnd)
        #expect((connected.outcome, connected.revision) == (.succeeded, 2))
        #expect(connected.steps[0].records.map(\.target) == ["xmpp1.example.test"])
        #expect(connected.steps[1].addresses == ["127.0.0.1"])
        #expect(connected.steps[3].tls?.peer?.subject == "CN=server")
        #expect(connected.steps[4].streamID?.isEmpty == false)
        #expect(connected.steps.map(\.microseconds).reduce(0, +) <= connected.microseconds)
        observation.cancel()
        await bridge.stop()
        #expect(reports.withLockedValue { $0.count } == 2, "the end of a connection is no attempt")
        try await server.stop()
    }

    @Test func `an attempt that a change ends is reported as cancelled`() async throws {
        let silent = try await ScriptedComponentServer.start(
            lab.tls, secret: "right", behaviour: .silentAtHeader, group: lab.group)
        let bridge = try lab.bridge()
        let reports = NIOLockedValueBox<[AttemptReport]>([])
        let observation = bridge.observeAttempts { report in reports.withLockedValue { $0.append(report) } }
        bridge.apply(lab.settings(port: silent.port), revision: 1)
        _ = try await lab.wait(bridge) { $0.step == .streamOpen }
        bridge.apply(BridgeSettings(), revision: 2)
        await bridge.stop()
        let report = try #require(reports.withLockedValue { $0.first })
        #expect(report.outcome == .cancelled && report.failure == nil)
        #expect(lines(report) == ["tcpConnect succeeded", "tlsHandshake succeeded", "streamOpen cancelled"])
        observation.cancel()
        try await silent.stop()
    }

    @Test func `a check goes all the way, leaves nothing behind, and tells the status nothing`() async throws {
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let bridge = try lab.bridge()
        let before = bridge.status
        let good = try await bridge.check(try found(server))
        #expect(lines(good) == toTheEnd)
        #expect(good.outcome == .succeeded && good.revision == nil)
        #expect(server.journal.closedPolitely == 1)
        let bad = try await bridge.check(try found(server, secret: "wrong"))
        #expect(bad.outcome == .failed)
        #expect(bad.failure?.reason == .notAuthorized)
        #expect(bridge.status == before)
        await bridge.stop()
        try await server.stop()
    }

    @Test func `a check without registration ends with the stream open`() async throws {
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let bridge = try lab.bridge()
        bridge.apply(try found(server), revision: 1)
        let connected = try await lab.wait(bridge) { $0.state == .connected }
        let report = try await bridge.check(try found(server, secret: "wrong"), registering: false)
        #expect(lines(report) == toTheEnd.dropLast())
        #expect(report.outcome == .succeeded)
        #expect(bridge.status == connected)
        #expect(server.journal.refused == [])
        #expect(server.journal.accepted.count == 1)
        await bridge.stop()
        try await server.stop()
    }

    /// Prosody refuses an unknown name in one piece with its header; ejabberd refuses a host's name a moment later.
    @Test(arguments: ["", "1"], [true, false])
    func `a check without registration hears an objection behind the header`(id: String, isOnePiece: Bool) async throws
    {
        let error =
            "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
        let header = HostileAction.header(id: id)
        let said: [HostileAction] =
            isOnePiece ? [.say(header + error)] : [.say(header), .pause(.milliseconds(50)), .say(error)]
        let server = try await HostileServer.start(lab.tls, [.asked + said], then: .decent, group: lab.group)
        var options = BridgeOptions()
        options.limits = .patient
        options.objectionTime = .seconds(60)
        let bridge = try lab.bridge(options)
        let report = try await bridge.check(lab.settings(port: server.port), registering: false)
        #expect(report.outcome == .failed)
        #expect(report.failure?.reason == .unknownComponent)
        await bridge.stop()
        try await server.stop()
    }

    @Test func `a check without registration wants an id in the header`() async throws {
        let script = [HostileAction].asked + [.say(HostileAction.header(id: ""))] + .closing
        let server = try await HostileServer.start(lab.tls, [script], then: .decent, group: lab.group)
        let bridge = try lab.bridge()
        let report = try await bridge.check(lab.settings(port: server.port), registering: false)
        #expect(report.failure?.reason == .protocolViolation)
        await bridge.stop()
        try await server.stop()
    }

    @Test func `there are at most thirty-two checks at a time, and a second stop waits for them too`() async throws {
        let silent = try await ScriptedComponentServer.start(
            lab.tls, secret: "right", behaviour: .silentAtRegistration, group: lab.group)
        let bridge = try lab.bridge()
        let settings = lab.settings(port: silent.port)
        let checks = (0..<32).map { _ in Task { try await bridge.check(settings) } }
        while silent.journal.open["cb1.example.test"] != 32 { await Task.yield() }
        await #expect(throws: Bridge.CheckError.tooMany) { try await bridge.check(settings) }
        async let first: Void = bridge.stop()
        async let second: Void = bridge.stop()
        _ = await (first, second)
        for check in checks { #expect(try await check.value.outcome == .cancelled) }
        try await silent.stop()
    }

    @Test func `a check makes a full TLS handshake`() async throws {
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let bridge = try lab.bridge()
        for _ in 0..<3 {
            let report = try await bridge.check(lab.settings(port: server.port))
            #expect(report.steps.compactMap(\.tls).map(\.resumed) == [false])
        }
        await bridge.stop()
        try await server.stop()
    }

    @Test func `a check needs complete settings and a bridge that is not stopped`() async throws {
        let bridge = try lab.bridge()
        await #expect(throws: Bridge.CheckError.incomplete([.uniqueName, .domain, .sharedSecret])) {
            try await bridge.check(BridgeSettings())
        }
        await bridge.stop()
        let settings = lab.settings(port: 5223)
        await #expect(throws: Bridge.CheckError.stopped) { try await bridge.check(settings) }
    }

    @Test func `a check ends with its task, and with the bridge`() async throws {
        let silent = try await ScriptedComponentServer.start(
            lab.tls, secret: "right", behaviour: .silentAtRegistration, group: lab.group)
        let bridge = try lab.bridge()
        let settings = lab.settings(port: silent.port)
        let task = Task { try await bridge.check(settings) }
        while silent.journal.open["cb1.example.test"] != 1 { await Task.yield() }
        task.cancel()
        #expect(try await task.value.outcome == .cancelled)
        while silent.journal.open["cb1.example.test"] != 0 { await Task.yield() }
        let other = Task { try await bridge.check(settings) }
        while silent.journal.open["cb1.example.test"] != 1 { await Task.yield() }
        await bridge.stop()
        #expect(try await other.value.outcome == .cancelled)
        // Nothing is left of it, which the server learns a moment later.
        while silent.journal.open["cb1.example.test"] != 0 { await Task.yield() }
        try await silent.stop()
    }

    @Test func `twenty checks at once do not disturb each other`() async throws {
        let server = try await ScriptedComponentServer.start(lab.tls, secret: "right", group: lab.group)
        let bridge = try lab.bridge()
        let reports = try await withThrowingTaskGroup(of: (Int, AttemptReport).self) { group in
            for number in 0..<20 {
                let settings = lab.settings(
                    port: server.port, name: "cb\(number)", secret: number % 2 == 0 ? "right" : "wrong")
                group.addTask { (number, try await bridge.check(settings)) }
            }
            return try await group.reduce(into: [Int: AttemptReport]()) { $0[$1.0] = $1.1 }
        }
        for (number, report) in reports {
            #expect(report.jid == "cb\(number).example.test")
            #expect(report.outcome == (number % 2 == 0 ? .succeeded : .failed))
        }
        #expect(reports.count == 20)
        await bridge.stop()
        try await server.stop()
    }
}
