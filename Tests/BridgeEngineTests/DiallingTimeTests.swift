import Testing

@testable import BridgeEngine

/// What an attempt does when, to the millisecond, on a clock of its own.
@Suite struct DiallingTimeTests {
    private static let quick = DiallingTimeline.Conduct.takes(tls: .zero, stream: .zero, registration: .zero)
    private static let mute = DiallingTimeline.Conduct.takes(tls: nil, stream: nil, registration: nil)

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private func account(_ override: String? = nil) -> ComponentAccount {
        ComponentAccount(
            jid: "cb1.example.test", domain: "example.test", server: override.flatMap { ServerAddress($0) },
            secret: Secret("s"))
    }

    private func record(_ target: String) -> SRVRecord {
        SRVRecord(priority: 0, weight: 0, port: 5223, target: target)
    }

    /// A timeline in which the host `a.test` has these addresses, answered after so long.
    private func timeline(
        v6: [String] = [], v6After: Duration = .zero, v4: [String] = [], v4After: Duration = .zero
    ) throws -> DiallingTimeline {
        var timeline = DiallingTimeline()
        timeline.answers["a.test"] = [.v6: (v6After, try v6.map(address)), .v4: (v4After, try v4.map(address))]
        return timeline
    }

    private func expect(
        _ outcome: DiallingTimeline.Outcome, _ connects: [(Duration, String)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.connects.map(\.at) == connects.map(\.0), sourceLocation: sourceLocation)
        #expect(outcome.connects.map(\.to.description) == connects.map(\.1), sourceLocation: sourceLocation)
        #expect(outcome.leftOver == 0, "no timer outlives the attempt", sourceLocation: sourceLocation)
    }

    // MARK: The race

    @Test func `a dead IPv6 address costs 250 ms`() throws {
        var timeline = try timeline(v6: ["2001:db8::1"], v4: ["192.0.2.1"])
        timeline.servers = [try address("192.0.2.1"): Self.quick]
        let outcome = timeline.run(account("a.test"))
        expect(outcome, [(.zero, "2001:db8::1"), (.milliseconds(250), "192.0.2.1")])
        #expect(outcome.end == .milliseconds(250))
        #expect(outcome.connected?.description == "192.0.2.1")
    }

    @Test func `an IPv6 address that refuses costs nothing`() throws {
        var timeline = try timeline(v6: ["2001:db8::1"], v4: ["192.0.2.1"])
        timeline.servers = [try address("192.0.2.1"): Self.quick, try address("2001:db8::1"): .refuses]
        let outcome = timeline.run(account("a.test"))
        #expect(outcome.end == .zero)
        #expect(outcome.connected?.description == "192.0.2.1")
    }

    @Test func `the families take turns, 250 ms apart`() throws {
        let timeline = try timeline(v6: ["2001:db8::1", "2001:db8::2"], v4: ["192.0.2.1", "192.0.2.2"])
        let outcome = timeline.run(account("a.test"))
        expect(
            outcome,
            [
                (.zero, "2001:db8::1"), (.milliseconds(250), "192.0.2.1"), (.milliseconds(500), "2001:db8::2"),
                (.milliseconds(750), "192.0.2.2"),
            ])
        // Each has its ten seconds.
        #expect(outcome.end == .milliseconds(10_750))
        #expect(outcome.failure?.reason == .connectionTimedOut)
        #expect(outcome.failure?.detail.contains("2001:db8::1") == true, "the most preferred one is named")
    }

    @Test(arguments: [(0, 50), (20, 70), (4000, 4050)])
    func `an A answer waits 50 ms for an AAAA answer that does not come`(answer: Int, connect: Int) throws {
        var timeline = DiallingTimeline()
        timeline.answers["a.test"] = [.v4: (.milliseconds(answer), [try address("192.0.2.1")])]
        timeline.servers = [try address("192.0.2.1"): Self.quick]
        let outcome = timeline.run(account("a.test"))
        expect(outcome, [(.milliseconds(connect), "192.0.2.1")])
    }

    @Test(arguments: [
        // AAAA answer, A answer, first connect, to.
        (0, 0, 0, "2001:db8::1"), (49, 0, 49, "2001:db8::1"), (51, 0, 50, "192.0.2.1"), (0, 3000, 0, "2001:db8::1"),
    ]) func `the first connect follows the answers`(v6: Int, v4: Int, at: Int, to: String) throws {
        var timeline = try timeline(
            v6: ["2001:db8::1"], v6After: .milliseconds(v6), v4: ["192.0.2.1"], v4After: .milliseconds(v4))
        timeline.servers = [try address("192.0.2.1"): Self.quick, try address("2001:db8::1"): Self.quick]
        expect(timeline.run(account("a.test")), [(.milliseconds(at), to)])
    }

    // MARK: Limits

    @Test func `DNS has five seconds for the SRV records`() {
        var timeline = DiallingTimeline()
        timeline.srvAnswerTakes = nil
        let outcome = timeline.run(account())
        expect(outcome, [])
        #expect(outcome.end == .seconds(5))
        #expect(outcome.failure?.stage == .step(.srvLookup))
        #expect(outcome.failure?.reason == .dnsTimeout)
    }

    @Test func `DNS has five seconds for the addresses of each target`() {
        var timeline = DiallingTimeline()
        timeline.records = [record("a.test"), record("b.test")]
        let outcome = timeline.run(account())
        #expect(outcome.end == .seconds(10))
        #expect(outcome.failure?.stage == .step(.addressLookup))
        #expect(outcome.failure?.reason == .dnsTimeout)
        #expect(outcome.leftOver == 0)
    }

    @Test(arguments: [
        (DiallingTimeline.Conduct.dead, FailureReason.connectionTimedOut, ConnectionStep.tcpConnect),
        (.takes(tls: nil, stream: nil, registration: nil), .tlsTimedOut, .tlsHandshake),
        (.takes(tls: .zero, stream: nil, registration: nil), .streamTimedOut, .streamOpen),
        (.takes(tls: .zero, stream: .zero, registration: nil), .registrationTimedOut, .registration),
    ]) func `a connection has ten seconds for the step`(
        conduct: DiallingTimeline.Conduct, reason: FailureReason, step: ConnectionStep
    ) throws {
        var timeline = DiallingTimeline()
        timeline.servers = [try address("192.0.2.1"): conduct]
        let outcome = timeline.run(account("192.0.2.1"))
        #expect(outcome.end == .seconds(10))
        #expect(outcome.failure?.reason == reason)
        #expect(outcome.failure?.stage == .step(step))
        #expect(outcome.leftOver == 0)
    }

    @Test func `each step has its own time, so a slow server still gets through`() throws {
        let slow = Duration.milliseconds(9_999)
        var timeline = DiallingTimeline()
        timeline.servers = [try address("192.0.2.1"): .takes(tls: slow, stream: slow, registration: slow)]
        let outcome = timeline.run(account("192.0.2.1"))
        #expect(outcome.end == .milliseconds(29_997))
        #expect(outcome.connected != nil)
    }

    @Test func `a mute server gives way to the next target after its ten seconds`() throws {
        var timeline = try timeline(v4: ["192.0.2.1"])
        timeline.records = [record("a.test"), record("b.test")]
        timeline.answers["b.test"] = [.v6: (.zero, []), .v4: (.zero, [try address("192.0.2.2")])]
        timeline.servers = [try address("192.0.2.1"): Self.mute, try address("192.0.2.2"): Self.quick]
        let outcome = timeline.run(account())
        expect(outcome, [(.zero, "192.0.2.1"), (.seconds(10), "192.0.2.2")])
        #expect(outcome.connected?.description == "192.0.2.2")
    }

    @Test func `the attempt ends after a minute, whatever is left to try`() throws {
        var timeline = DiallingTimeline()
        for number in 1...9 {
            timeline.records.append(record("h\(number).test"))
            timeline.answers["h\(number).test"] = [
                .v6: (.zero, []), .v4: (.zero, [try address("192.0.2.\(number)")]),
            ]
            timeline.servers[try address("192.0.2.\(number)")] = number == 2 ? .refuses : Self.mute
        }
        let outcome = timeline.run(account())
        #expect(outcome.end == .seconds(60))
        #expect(outcome.connects.count == 7, "six mute ones and the one that refused")
        #expect(outcome.failure?.reason == .tlsTimedOut)
        #expect(outcome.failure?.detail.contains("192.0.2.1") == true)
        #expect(outcome.leftOver == 0)
    }

    @Test func `limits are the administrator's`() {
        var limits = StepLimits()
        limits.dns = .milliseconds(1)
        var timeline = DiallingTimeline()
        timeline.srvAnswerTakes = nil
        let outcome = timeline.run(account(), limits: limits)
        #expect(outcome.end == .milliseconds(1))
        #expect(outcome.failure?.detail.contains("1 ms") == true)
    }

    @Test func `nothing is left to fire after success`() throws {
        var timeline = try timeline(v6: ["2001:db8::1"], v4: ["192.0.2.1"], v4After: .seconds(4))
        timeline.servers = [try address("2001:db8::1"): Self.quick]
        let outcome = timeline.run(account("a.test"))
        #expect(outcome.connected != nil)
        #expect(outcome.leftOver == 0)
    }
}
