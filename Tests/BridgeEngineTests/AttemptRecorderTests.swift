import Foundation
import Testing

@testable import BridgeEngine

/// The report that is made of an attempt's facts.
@Suite struct AttemptRecorderTests {
    private static let start = Timestamp(milliseconds: 1_000_000)
    private static let target = DialTarget(host: .name("a.test"), port: 5223)
    private static let account = ComponentAccount(
        jid: "cb1.example.test", domain: "example.test", server: nil, secret: Secret("s"))

    private func endpoint(_ last: UInt8) throws -> Endpoint {
        Endpoint(address: try #require(IPAddress(bytes: [192, 0, 2, last])), port: 5223)
    }

    private func recorder() -> AttemptRecorder {
        AttemptRecorder(.init(revision: 3, account: Self.account), startedAt: Self.start)
    }

    /// One line a step: what, whereto, from when, how long, and what became of it.
    private func lines(_ report: AttemptReport) -> [String] {
        report.steps.map { step in
            let words = [
                step.step.rawValue, step.address ?? step.server ?? "-",
                "\(step.startedAt.milliseconds - Self.start.milliseconds)+\(step.microseconds / 1000)",
                step.outcome.rawValue, step.failure?.reason.rawValue,
            ]
            return words.compactMap(\.self).joined(separator: " ")
        }
    }

    /// Takes facts, a millisecond after each other.
    private func report(
        _ facts: [AttemptFact], _ outcome: AttemptReport.Outcome = .succeeded
    ) -> AttemptReport {
        var recorder = recorder()
        for (time, fact) in facts.enumerated() { recorder.note(fact, after: .milliseconds(time)) }
        return recorder.report(outcome, after: .milliseconds(facts.count))
    }

    @Test func `each step has its time, and what was seen`() throws {
        let endpoint = try endpoint(1)
        let records = [SRVRecord(priority: 1, weight: 2, port: 5223, target: "a.test")]
        var recorder = recorder()
        let facts: [AttemptFact] = [
            .began(.service, .srvLookup, nil, nil), .sawRecords(records), .ended(.service, nil),
            .began(.addresses(0), .addressLookup, Self.target, nil), .sawAddresses(0, [endpoint.address]),
            .began(.connection(0), .tcpConnect, Self.target, endpoint), .ended(.addresses(0), nil),
            .ended(.connection(0), nil), .began(.connection(0), .tlsHandshake, Self.target, endpoint),
        ]
        for (time, fact) in facts.enumerated() { recorder.note(fact, after: .milliseconds(time)) }
        let session = TLSSessionInfo(version: "TLSv1.3", cipher: "x", mutual: true, resumed: false, peer: nil)
        recorder.note(session, of: 0)
        recorder.note(.ended(.connection(0), nil), after: .milliseconds(9))
        recorder.note(.began(.connection(0), .streamOpen, Self.target, endpoint), after: .milliseconds(9))
        recorder.note(streamID: "a\u{7}b", of: 0)
        recorder.note(.ended(.connection(0), nil), after: .milliseconds(10))
        let report = recorder.report(.succeeded, after: .microseconds(10_500))
        #expect(
            lines(report) == [
                "srvLookup - 0+2 succeeded", "addressLookup a.test:5223 3+3 succeeded",
                "tcpConnect 192.0.2.1:5223 5+2 succeeded", "tlsHandshake 192.0.2.1:5223 8+1 succeeded",
                "streamOpen 192.0.2.1:5223 9+1 succeeded",
            ])
        #expect(report.steps[0].records == records)
        #expect(report.steps[1].addresses == ["192.0.2.1"])
        #expect(report.steps[3].tls == session)
        #expect(report.steps[4].streamID == "a b")
        #expect(report.microseconds == 10_500)
        #expect(report.revision == 3 && report.jid == "cb1.example.test" && report.source == .srv)
    }

    /// In TLS 1.3 our certificate is refused after the handshake.
    @Test func `a failure of an earlier step is told of that step`() throws {
        let endpoint = try endpoint(1)
        let rejected = BridgeFailure(.tlsHandshake, .clientCertificateRejected, "no")
        let report = report(
            [
                .began(.connection(4), .tcpConnect, Self.target, endpoint), .ended(.connection(4), nil),
                .began(.connection(4), .tlsHandshake, Self.target, endpoint), .ended(.connection(4), nil),
                .began(.connection(4), .streamOpen, Self.target, endpoint),
                .began(.connection(5), .tcpConnect, Self.target, endpoint), .ended(.connection(4), rejected),
                .ended(.connection(5), nil),
            ], .failed)
        #expect(
            lines(report) == [
                "tcpConnect 192.0.2.1:5223 0+1 succeeded",
                "tlsHandshake 192.0.2.1:5223 2+4 failed clientCertificateRejected",
                "tcpConnect 192.0.2.1:5223 5+2 succeeded",
            ])
    }

    /// A server may refuse a name right behind its header.
    @Test func `a failure of a later step closes the one under way`() throws {
        let endpoint = try endpoint(1)
        let unknown = BridgeFailure(.registration, .unknownComponent, "no")
        let report = report(
            [.began(.connection(0), .streamOpen, Self.target, endpoint), .ended(.connection(0), unknown)], .failed)
        #expect(
            lines(report) == [
                "streamOpen 192.0.2.1:5223 0+1 succeeded", "registration 192.0.2.1:5223 1+0 failed unknownComponent",
            ])
    }

    @Test func `what is under way at the end is cancelled, unless addresses were found`() throws {
        let endpoint = try endpoint(1)
        let report = report(
            [
                .began(.addresses(0), .addressLookup, Self.target, nil), .sawAddresses(0, [endpoint.address]),
                .began(.addresses(1), .addressLookup, Self.target, nil),
                .began(.connection(0), .tcpConnect, Self.target, endpoint),
                .began(.connection(1), .tcpConnect, Self.target, endpoint), .dropped(.connection(1)),
            ], .cancelled)
        #expect(
            lines(report) == [
                "addressLookup a.test:5223 0+6 succeeded", "addressLookup a.test:5223 2+4 cancelled",
                "tcpConnect 192.0.2.1:5223 3+3 cancelled", "tcpConnect 192.0.2.1:5223 4+1 cancelled",
            ])
    }

    @Test func `a thousand servers leave the first steps and the last ones`() throws {
        let refused = BridgeFailure(.tcpConnect, .connectionRefused, "no")
        var facts: [AttemptFact] = []
        for number in 0..<1000 {
            let endpoint = Endpoint(address: try endpoint(1).address, port: UInt16(1000 + number))
            facts.append(.began(.connection(number), .tcpConnect, Self.target, endpoint))
            // One hangs all the time.
            if number != 500 { facts.append(.ended(.connection(number), refused)) }
        }
        let report = report(facts, .failed)
        let ports = report.steps.compactMap { step in step.address.flatMap { Int($0.dropFirst("192.0.2.1:".count)) } }
        #expect(ports == Array(1000..<1064) + [1500] + Array(1937..<2000))
        #expect(report.omittedSteps == 1000 - AttemptRecorder.mostSteps)
        #expect(report.steps[64].outcome == .cancelled)
        #expect(report.steps.filter { $0.failure == refused }.count == 127)
    }

    @Test func `a report can be kept and read again`() throws {
        let endpoint = try endpoint(1)
        let failure = BridgeFailure(.registration, .nameInUse, condition: "conflict", "no")
        var recorder = recorder()
        recorder.note(.began(.service, .srvLookup, nil, nil), after: .zero)
        let record = SRVRecord(priority: 1, weight: 2, port: 3, target: "a")
        recorder.note(.sawRecords([record]), after: .zero)
        recorder.note(.ended(.service, nil), after: .zero)
        recorder.note(.began(.connection(0), .registration, Self.target, endpoint), after: .zero)
        recorder.note(.ended(.connection(0), failure), after: .zero)
        let report = recorder.report(.failed, failure, after: .seconds(1))
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(AttemptReport.self, from: data) == report)
        #expect(!String(decoding: data, as: UTF8.self).contains("redacted"), "there is no secret to hide in it")
        for stage in ConnectionStep.allCases.map(BridgeFailure.Stage.step) + [.connected] {
            let failure = BridgeFailure(stage, .connectionLost, "x")
            let data = try JSONEncoder().encode(failure)
            #expect(try JSONDecoder().decode(BridgeFailure.self, from: data) == failure)
        }
        let unknown = Data(#"{"step":"other","reason":"replaced","detail":""}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(BridgeFailure.self, from: unknown) }
    }
}
