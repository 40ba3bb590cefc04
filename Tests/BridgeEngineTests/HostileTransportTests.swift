import NIOCore
import TestSupport
import Testing

@testable import BridgeEngine

/// A server that goes silent, hangs up or resets, in each step; and servers that send the bridge round in circles.
@Suite(.timeLimit(.minutes(10))) struct HostileTransportTests {
    private let bench: HostileBench

    init() throws {
        bench = try HostileBench()
    }

    /// A moment of a connection, how far the server goes before it, and where the bridge is then.
    struct Moment: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: [HostileAction]
        let stage: String
        let reason: FailureReason
    }

    /// The first bytes of a TLS record that promises more.
    private static let halfARecord: [UInt8] = [0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00, 0x00]

    static let moments = [
        Moment(testDescription: "TCP", script: [], stage: "tlsHandshake", reason: .tlsFailed),
        Moment(
            testDescription: "within TLS", script: [.waitForBytes, .send(halfARecord)], stage: "tlsHandshake",
            reason: .tlsFailed),
        Moment(testDescription: "TLS", script: [.startTLS], stage: "streamOpen", reason: .connectionLost),
        Moment(testDescription: "our header", script: .asked, stage: "streamOpen", reason: .connectionLost),
        Moment(
            testDescription: "half its header", script: .asked + [.say("<?xml version='1.0'?><stream:stream id='1")],
            stage: "streamOpen", reason: .connectionLost),
        Moment(testDescription: "its header", script: .opened, stage: "registration", reason: .connectionLost),
        Moment(testDescription: "our handshake", script: .registering, stage: "registration", reason: .connectionLost),
        Moment(testDescription: "its handshake", script: .registered, stage: "connected", reason: .connectionLost),
        Moment(testDescription: "a stanza", script: .connected, stage: "connected", reason: .connectionLost),
        Moment(
            testDescription: "half a stanza", script: .connected + [.say("<message><body>half")], stage: "connected",
            reason: .connectionLost),
    ]

    @Test(arguments: moments) func `a server that closes has closed in that step`(moment: Moment) async throws {
        try await bench.expect(moment.script + [.close], fails: moment.stage, moment.reason)
    }

    @Test(arguments: moments) func `a server that hangs up has hung up in that step`(moment: Moment) async throws {
        try await bench.expect(moment.script + [.hangUp], fails: moment.stage, moment.reason)
    }

    @Test(arguments: moments) func `a server that resets has reset in that step`(moment: Moment) async throws {
        try await bench.expect(moment.script + [.reset], fails: moment.stage, moment.reason)
    }

    @Test(arguments: [
        Moment(testDescription: "TCP", script: [], stage: "tlsHandshake", reason: .tlsTimedOut),
        Moment(
            testDescription: "within TLS", script: [.waitForBytes, .send(halfARecord)], stage: "tlsHandshake",
            reason: .tlsTimedOut),
        Moment(
            testDescription: "TLS", script: [.startTLS, .stopReading], stage: "streamOpen", reason: .streamTimedOut),
        Moment(testDescription: "our header", script: .asked, stage: "streamOpen", reason: .streamTimedOut),
        Moment(
            testDescription: "half its header", script: .asked + [.say("<?xml version='1.0'?><stream:stream id='1")],
            stage: "streamOpen", reason: .streamTimedOut),
        Moment(testDescription: "its header", script: .opened, stage: "registration", reason: .registrationTimedOut),
        Moment(
            testDescription: "half a handshake", script: .registering + [.say("<handshake>")], stage: "registration",
            reason: .registrationTimedOut),
    ]) func `a server that goes silent has its time in that step`(moment: Moment) async throws {
        // Short where the server is silent, so that no other step can take too long on a busy machine.
        var limits = StepLimits.patient
        switch moment.reason {
        case .tlsTimedOut: limits.tls = .milliseconds(300)
        case .streamTimedOut: limits.stream = .milliseconds(300)
        default: limits.registration = .milliseconds(300)
        }
        try await bench.expect(moment.script, limits, fails: moment.stage, moment.reason)
    }

    @Test func `a server that always says something and never the right thing has its time`() async throws {
        var limits = StepLimits.patient
        limits.registration = .milliseconds(300)
        let features = Array("<stream:features/><message/> \n".utf8)
        try await bench.expect(
            .registering + [.flood(features, most: 1 << 33)], limits, fails: "registration", .registrationTimedOut)
    }

    @Test func `new settings end a connection whose server takes nothing`() async throws {
        let deaf = try await bench.server(
            .connected + [.stopReading, .flood(Array(HostileAction.ping(id: "1").utf8), most: 1 << 33)])
        let decent = try await bench.server()
        var limits = StepLimits.patient
        limits.close = .milliseconds(100)
        let bridge = try bench.bridge(limits)
        bridge.bridge.apply(bench.settings(deaf), revision: 1)
        _ = try await bridge.next { $0.state == .connected }
        // The answers to so much are more than our side keeps; what the kernels take comes on top.
        _ = try await deaf.visits.wait { ($0.first?.sent ?? 0) > 1 << 18 }
        bridge.bridge.apply(bench.settings(decent, name: "cb2"), revision: 2)
        let status = try await bridge.next { $0.state == .connected && $0.revision == 2 }.status
        #expect(status.lastFailure == nil)
        await bridge.stop()
        try await deaf.stop()
        try await decent.stop()
    }

    // MARK: see-other-host

    private func seeOther(_ host: String, _ port: UInt16) -> HostileAction {
        .say(
            "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>\(host):\(port)"
                + "</see-other-host></stream:error></stream:stream>")
    }

    @Test func `two servers that name each other are left after three times`() async throws {
        let first = try await bench.server()
        let second = try await bench.server()
        for host in ["xmpp1.example.test", "xmpp2.example.test"] {
            bench.resolver.addAddresses(host, [try #require(IPAddress("127.0.0.1"))])
        }
        first.play(.opened + [seeOther("xmpp2.example.test", second.port)])
        second.play(.opened + [seeOther("xmpp1.example.test", first.port)])
        let bridge = try bench.bridge()
        bridge.bridge.apply(bench.settings("xmpp1.example.test:\(first.port)"), revision: 1)
        let (failed, passed) = try await bridge.next { $0.state == .waiting }
        let failure = try #require(failed.lastFailure).failure
        #expect(failure.reason == .streamError)
        #expect(failure.condition == "see-other-host")
        #expect(failed.attempts == 1)
        let tried = bridge.statuses.value.prefix(passed).filter { $0.step == .streamOpen }
        #expect(
            tried.map(\.server)
                == [first, second, first, second].enumerated().map { index, server in
                    "xmpp\(index % 2 + 1).example.test:\(server.port)"
                })
        first.play(.decent)
        let status = try await bridge.next(after: passed) { $0.state == .connected }.status
        #expect(status.server == "xmpp1.example.test:\(first.port)")
        await bridge.stop()
        try await first.stop()
        try await second.stop()
    }

    @Test func `two servers that accept us and name each other are left after three times`() async throws {
        let first = try await bench.server()
        let second = try await bench.server()
        for host in ["xmpp1.example.test", "xmpp2.example.test"] {
            bench.resolver.addAddresses(host, [try #require(IPAddress("127.0.0.1"))])
        }
        // Both name the second one, so that it shows who was asked because of the settings.
        first.play(.connected + [seeOther("xmpp2.example.test", second.port)])
        second.play(.connected + [seeOther("xmpp2.example.test", second.port)])
        let bridge = try bench.bridge()
        bridge.bridge.apply(bench.settings("xmpp1.example.test:\(first.port)"), revision: 1)
        _ = try await first.visits.wait { $0.count >= 3 }
        #expect(second.visits.value.count == 3)
        let seen = bridge.statuses.value
        let connected = seen.filter { $0.state == .connected }.prefix(5).map(\.server)
        let (one, two) = ("xmpp1.example.test:\(first.port)", "xmpp2.example.test:\(second.port)")
        #expect(connected == [one, two, two, two, one])
        for waiting in seen.filter({ $0.state == .waiting }) {
            #expect(waiting.lastFailure?.failure.stage == .connected)
            #expect(waiting.lastFailure?.failure.condition == "see-other-host")
        }
        // New settings are a new beginning, also for being sent on.
        first.play(.decent)
        bridge.bridge.apply(bench.settings("xmpp1.example.test:\(first.port)", name: "cb2"), revision: 2)
        _ = try await bridge.next { $0.state == .connected && $0.revision == 2 }
        await bridge.stop()
        try await first.stop()
        try await second.stop()
    }
}
