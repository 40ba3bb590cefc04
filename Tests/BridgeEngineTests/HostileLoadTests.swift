import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import BridgeEngine

/// A server that sends more than anybody can take: what it costs us is bounded, and measured.
///
/// How much a server could send is counted, and CPU time is that of the bridge's own thread, so neither depends on what
/// else runs. Memory is the process's, so its bound is far above what was measured and far below what is sent.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HostileLoadTests {
    /// What is sent at most; nothing like it may be read.
    private static let gigabyte = 1 << 30
    /// What both kernels may have taken beyond what the bridge has read.
    private static let socketBuffers = 12 << 20

    /// Measured in a debug build: 0.01 to 0.13 s for a gigabyte, 1.3 s for single bytes, 0.8 s for ten thousand
    /// requests, 0.7 s for the server that reads nothing; 7 MiB at most. What is not cut off takes minutes and gigabytes.
    private func expect(
        _ cost: HostileCost, within time: Duration, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(cost.time < time, "\(cost)", sourceLocation: sourceLocation)
        #expect(cost.memory < 512 << 20, "\(cost)", sourceLocation: sourceLocation)
    }

    /// A server and a bridge, each on a thread of its own.
    private func measure(
        _ script: [HostileAction], logins: (any LoginRequestHandler)? = nil,
        _ body: (WatchedBridge, HostileServer, HostileBench) async throws -> Void
    ) async throws -> HostileCost {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bench = try HostileBench(group: group)
        let server = try await bench.server(script)
        let bridge = try bench.bridge(logins: logins, on: loop.next())
        let cost: Result<HostileCost, any Error>
        do {
            cost = .success(
                try await HostileCost.of(loop.next()) {
                    bridge.bridge.apply(bench.settings(server), revision: 1)
                    try await body(bridge, server, bench)
                })
        } catch {
            cost = .failure(error)
        }
        await bridge.stop()
        try await server.stop()
        try await loop.shutdownGracefully()
        try await group.shutdownGracefully()
        return try cost.get()
    }

    struct Flood: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let start: String
        let filling: String

        init(_ name: String, _ start: String, _ filling: String) {
            testDescription = name
            self.start = start
            self.filling = filling
        }
    }

    static let floods = [
        Flood("text", "<message><body>", "x"), Flood("lines", "<message><body>", "\n"),
        Flood("an attribute", "<message a='", "x"), Flood("ends in an attribute", "<message a='", ">"),
        Flood("a name", "<message", "x"), Flood("white space in a tag", "<message", " "),
        Flood("a comment", "<!--", "x"), Flood("an instruction", "<?x ", "x"),
        Flood("CDATA", "<message><![CDATA[", "x"), Flood("references", "<message>", "&lt;"),
        Flood("elements", "<message>", "<a/>"), Flood("attributes", "<message>", "<a b='c' d='e'/>"),
    ]

    @Test(arguments: floods, [false, true]) func `a gigabyte of one stanza is cut off at 256 KiB`(
        flood: Flood, isRegistered: Bool
    ) async throws {
        let filling = Array(String(repeating: flood.filling, count: (16 << 10) / flood.filling.utf8.count).utf8)
        let cost = try await measure(
            (isRegistered ? .connected : .registering) + [.say(flood.start), .flood(filling, most: Self.gigabyte)]
        ) { bridge, server, _ in
            let (failed, passed) = try await bridge.next { $0.state == .waiting }
            let failure = try #require(failed.lastFailure).failure
            #expect(failure.stage == (isRegistered ? .connected : .step(.registration)))
            #expect(failure.reason == (isRegistered ? .streamError : .protocolViolation))
            #expect(failure.condition == (isRegistered ? "policy-violation" : nil))
            _ = try await bridge.next(after: passed) { $0.state == .connected }
            let visit = try #require(try await server.visits.wait { $0.first?.hasEnded == true }.first)
            #expect(visit.text.contains("<policy-violation "), "\(visit)")
            #expect(visit.sent < 256 << 10 + Self.socketBuffers, "\(visit)")
        }
        expect(cost, within: .seconds(2))
    }

    @Test func `a gigabyte of a header is cut off at 4 KiB`() async throws {
        let cost = try await measure(
            .asked + [
                .say("<?xml version='1.0'?><stream:stream id='"),
                .flood([UInt8](repeating: 120, count: 16 << 10), most: Self.gigabyte),
            ]
        ) { bridge, server, _ in
            let (failed, passed) = try await bridge.next { $0.state == .waiting }
            #expect(failed.lastFailure?.failure.stage == .step(.streamOpen))
            #expect(failed.lastFailure?.failure.reason == .protocolViolation)
            _ = try await bridge.next(after: passed) { $0.state == .connected }
            let visit = try #require(try await server.visits.wait { $0.first?.hasEnded == true }.first)
            #expect(visit.text.contains("<policy-violation "), "\(visit)")
            #expect(visit.sent < Self.socketBuffers, "\(visit)")
        }
        expect(cost, within: .seconds(2))
    }

    @Test func `an attribute of 256 KiB in single bytes is cut off at 16`() async throws {
        let stanza = "<message a='" + String(repeating: "x", count: 256 * 1024) + "'/>"
        let cost = try await measure(
            .connected + [.trickle(Array(stanza.utf8), inWritesOf: 32)] + .closing
        ) { bridge, server, _ in
            let (failed, passed) = try await bridge.next { $0.state == .waiting }
            #expect(failed.lastFailure?.failure.stage == .connected)
            #expect(failed.lastFailure?.failure.condition == "policy-violation")
            _ = try await bridge.next(after: passed) { $0.state == .connected }
            let visit = try #require(try await server.visits.wait { $0.first?.hasEnded == true }.first)
            #expect(visit.text.contains("<policy-violation "), "\(visit)")
        }
        expect(cost, within: .seconds(10))
    }

    @Test func `an attribute that just fits may come in single bytes`() async throws {
        let stanza = "<message a='" + String(repeating: "x", count: 16 * 1024 - 20) + "'/>"
        let cost = try await measure(
            .connected + [.trickle(Array(stanza.utf8), inWritesOf: 32), .say(HostileAction.ping(id: "behind"))]
        ) { bridge, server, _ in
            _ = try await server.visits.wait { $0.first?.text.hasSuffix(HostileAction.pong(id: "behind")) == true }
            #expect(bridge.bridge.status.state == .connected)
        }
        expect(cost, within: .seconds(10))
    }

    @Test func `ten thousand requests in one piece are all answered, in order`() async throws {
        let ids = 0..<10_000
        let requests = ids.map { HostileAction.ping(id: "p\($0)") }.joined()
        let cost = try await measure(
            .registered + [.say(requests), .waitFor(HostileAction.pong(id: "p9999"))] + .closing
        ) { bridge, server, _ in
            let visit = try #require(
                try await server.visits.wait { $0.first?.text.hasSuffix(HostileAction.pong(id: "p9999")) == true }.first
            )
            #expect(visit.text.hasSuffix(ids.map { HostileAction.pong(id: "p\($0)") }.joined()))
            #expect(bridge.statuses.value.allSatisfy { $0.state != .waiting })
        }
        expect(cost, within: .seconds(10))
    }

    private struct Everybody: LoginRequestHandler {
        let hosts = LoginHosts()

        func verdict(on request: LoginRequest) async -> LoginVerdict { .accepted }
    }

    /// The kernel gives such a connection up when our data have not been taken for 20 s (`TCP_USER_TIMEOUT`).
    @Test func `a server that asks for ever and reads nothing is left`() async throws {
        // The most that an answer can be larger than its request: each ">" comes back as four bytes.
        let large =
            "<iq type='get' from='example.test' to='cb1.example.test' id='2'>"
            + "<query xmlns='http://jabber.org/protocol/disco#info' node='\(String(repeating: ">", count: 4096))'/></iq>"
        let login = LoginXML.ask(id: String(repeating: ">", count: 4096))
        let small = HostileAction.ping(id: "1") + LoginXML.ask()
        let requests = Array((String(repeating: small, count: 40) + large + login).utf8)
        let cost = try await measure(
            .connected + [.stopReading, .flood(requests, most: 16 * Self.gigabyte)], logins: Everybody()
        ) { bridge, server, _ in
            let (failed, passed) = try await bridge.next { $0.state == .waiting }
            #expect(failed.lastFailure?.failure.stage == .connected)
            #expect(failed.lastFailure?.failure.reason == .connectionLost)
            _ = try await bridge.next(after: passed) { $0.state == .connected }
            let visit = try #require(try await server.visits.wait { $0.first?.hasEnded == true }.first)
            #expect(visit.sent < 2 * Self.socketBuffers, "\(visit)")
        }
        expect(cost, within: .seconds(10))
    }
}
