import Foundation
import TestSupport
import Testing

/// `GET …/configuration/xmpp/attempts`: what the bridge did, against real servers.
@Suite struct AttemptTests {
    /// An attempt, as far as tests look at it; written apart from the server's own types.
    private struct Attempt: Decodable, Equatable {
        struct Failure: Decodable, Equatable {
            var step: String
            var reason: String
        }

        struct Step: Decodable, Equatable {
            var step: String
            var server: String?
            var address: String?
            var milliseconds: Double
            var outcome: String
            var failure: Failure?
            var records: [String]?
            var addresses: [String]?
            var tls: ConnectionStatus.TLS?
            var streamId: String?
        }

        var id: String
        var revision: Int
        var jid: String
        var source: String
        var outcome: String
        var milliseconds: Double
        var failure: Failure?
        var steps: [Step]
    }

    private struct Page: Decodable {
        var total: Int
        var attempts: [Attempt]
    }

    private func attempts(_ server: APIServerProcess) throws -> [Attempt] {
        let reply = try server.client().request(
            "GET", "\(APIServerProcess.configurationPath)/attempts?limit=500",
            headers: [("Accept", "application/json")])
        #expect(reply.status == 200)
        let page = try JSONDecoder().decode(Page.self, from: Data(reply.body))
        #expect(page.total == page.attempts.count)
        return page.attempts
    }

    @Test func `an attempt past a dead server tells each step, and outlasts a restart`() throws {
        let prosody = try Prosody()
        let dead = try FreePorts.reserve()
        let zone = try DNSZone([
            .component(of: "example.test", at: "xmpp2.example.test", port: dead, priority: 1),
            .component(of: "example.test", at: "xmpp1.example.test", port: prosody.mutualPort, priority: 2),
            .addresses("xmpp1.example.test", ["127.0.0.1"]), .addresses("xmpp2.example.test", ["127.0.0.1"]),
        ])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        try server.waitUntilConnected()
        let attempt = try #require(try attempts(server).first)
        #expect(attempt.outcome == "succeeded" && attempt.failure == nil)
        #expect(attempt.revision == 1 && attempt.jid == "cb1.example.test" && attempt.source == "srv")
        let (first, second) = ("xmpp2.example.test:\(dead)", "xmpp1.example.test:\(prosody.mutualPort)")
        let expected = [
            "srvLookup - succeeded", "addressLookup \(first) succeeded", "tcpConnect \(first) failed connectionRefused",
            "addressLookup \(second) succeeded", "tcpConnect \(second) succeeded", "tlsHandshake \(second) succeeded",
            "streamOpen \(second) succeeded", "registration \(second) succeeded",
        ]
        let lines = attempt.steps.map { step in
            "\(step.step) \(step.server ?? "-") \(step.outcome)" + (step.failure.map { " \($0.reason)" } ?? "")
        }
        #expect(lines == expected)
        #expect(
            attempt.steps[0].records == [
                "1 0 \(dead) xmpp2.example.test.", "2 0 \(prosody.mutualPort) xmpp1.example.test.",
            ])
        #expect(attempt.steps[3].addresses == ["127.0.0.1"])
        #expect(attempt.steps[5].address == "127.0.0.1:\(prosody.mutualPort)")
        #expect(attempt.steps[5].tls?.mutual == true)
        #expect(attempt.steps[6].streamId?.isEmpty == false)
        #expect(attempt.steps.allSatisfy { $0.milliseconds >= 0 && $0.milliseconds <= attempt.milliseconds })

        try server.stop()
        try server.restart()
        try server.waitUntilConnected()
        let all = try attempts(server)
        #expect(all.count == 2 && all.last == attempt)
        #expect(all.map(\.id) == ["2", "1"])
        let one = try server.client().request(
            "GET", "/api/v1/system/configuration/xmpp/attempts/1", headers: [("Accept", "application/json")])
        #expect(try JSONDecoder().decode(Attempt.self, from: Data(one.body)) == attempt)
    }

    /// In TLS 1.3 the refusal comes while the stream is being opened; it is still the handshake's.
    @Test func `a refused certificate is told of the TLS handshake`() throws {
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting(showing: .callbridgeOther))
        try server.configure(["serverAddressOverride": "127.0.0.1:\(prosody.mutualPort)"])
        _ = try server.waitForFailure()
        let attempt = try #require(try attempts(server).last)
        #expect(attempt.outcome == "failed")
        #expect(attempt.failure == .init(step: "tlsHandshake", reason: "clientCertificateRejected"))
        #expect(attempt.steps.map(\.step) == ["tcpConnect", "tlsHandshake"])
        #expect(attempt.steps.last?.failure == attempt.failure)
        #expect(attempt.steps.last?.tls?.version == "TLSv1.3")
    }

    @Test func `a domain without an SRV record says that it was tried itself`() throws {
        let zone = try DNSZone([.addresses("example.test", ["127.0.0.1"])])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        _ = try server.waitForFailure()
        let attempt = try #require(try attempts(server).last)
        #expect(attempt.steps.first?.failure == .init(step: "srvLookup", reason: "dnsNotFound"))
        #expect(attempt.steps.dropFirst().map(\.server) == ["example.test:5223", "example.test:5223"])
        #expect(attempt.failure == .init(step: "tcpConnect", reason: "connectionRefused"))
    }
}
