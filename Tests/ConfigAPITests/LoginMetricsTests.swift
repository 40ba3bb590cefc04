import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// Logins in `/metrics`.
@Suite struct LoginMetricsTests {
    private let harness: APIHarness

    init() throws {
        harness = try APIHarness()
    }

    private func samples(_ name: String) async throws -> [String] {
        let answer = try await harness.ask("GET", "/metrics")
        return answer.body.split(separator: "\n").filter { $0.hasPrefix(name) }.map { String($0) }
    }

    @Test func `every series is there from the start, at 0`() async throws {
        let logins = try await samples("callbridge_logins_total{")
        #expect(logins.count == LoginDoor.allCases.count * LoginVerdict.allCases.count)
        #expect(Set(logins).count == logins.count)
        #expect(logins.allSatisfy { $0.hasSuffix("} 0") })
        #expect(logins.contains(#"callbridge_logins_total{door="xmpp",result="accepted",reason=""} 0"#))
        #expect(
            try await samples("callbridge_login_duration_seconds_count") == [
                "callbridge_login_duration_seconds_count 0"
            ]
        )
    }

    @Test func `logins are counted by door, result and reason, and never by name`() async throws {
        let metrics = harness.gate.metrics
        for _ in 0..<3 { metrics.count(.sample("alice", .accepted), at: .xmpp) }
        metrics.count(.sample("eve", .refused(.notAuthorized)), at: .xmpp)
        metrics.count(.sample("eve", .refused(.notAuthorized)), at: .api)
        metrics.count(.sample("eve", .refused(.tooManyAttempts)), at: .api)
        metrics.count(.sample("bob", .failed(.serviceFailed)), at: .api)
        #expect(
            try await samples("callbridge_logins_total{").filter { !$0.hasSuffix("} 0") } == [
                #"callbridge_logins_total{door="xmpp",result="accepted",reason=""} 3"#,
                #"callbridge_logins_total{door="xmpp",result="refused",reason="notAuthorized"} 1"#,
                #"callbridge_logins_total{door="api",result="refused",reason="notAuthorized"} 1"#,
                #"callbridge_logins_total{door="api",result="refused",reason="tooManyAttempts"} 1"#,
                #"callbridge_logins_total{door="api",result="failed",reason="serviceFailed"} 1"#,
            ])
        let text = try await samples("").joined()
        #expect(!text.contains("alice") && !text.contains(LoginReport.password))
    }

    @Test func `decisions are timed, and what was given up is one`() async throws {
        harness.gate.metrics.decided(nanoseconds: 2_000_000)
        harness.gate.metrics.decided(nanoseconds: 10_100_000_000)
        let seen = try await samples("callbridge_login_duration_seconds")
        #expect(seen.contains(#"callbridge_login_duration_seconds_bucket{le="0.001"} 0"#))
        #expect(seen.contains(#"callbridge_login_duration_seconds_bucket{le="0.0025"} 1"#))
        #expect(seen.contains(#"callbridge_login_duration_seconds_bucket{le="10.0"} 1"#))
        #expect(seen.contains(#"callbridge_login_duration_seconds_bucket{le="+Inf"} 2"#))
        #expect(seen.contains("callbridge_login_duration_seconds_sum 10.102"))
        _ = await harness.gate.verdict(
            on: LoginRequest(username: "alice", host: "example.test", password: Secret(LoginReport.password)))
        #expect(
            try await samples("callbridge_login_duration_seconds_count") == [
                "callbridge_login_duration_seconds_count 3"
            ])
    }

    @Test func `questions that were not looked into are counted by kind`() async throws {
        harness.bridge.counters.loginsForbidden = 3
        harness.bridge.counters.loginsMalformed = 1
        #expect(
            try await samples("callbridge_xmpp_login_requests_rejected_total{") == [
                #"callbridge_xmpp_login_requests_rejected_total{kind="forbidden"} 3"#,
                #"callbridge_xmpp_login_requests_rejected_total{kind="malformed"} 1"#,
            ])
    }

    @Test func `many threads lose no count`() throws {
        let metrics = LoginMetrics()
        let threads = (0..<4).map { thread in
            BackgroundThread {
                let door: LoginDoor = thread % 2 == 0 ? .xmpp : .api
                for _ in 0..<5000 {
                    metrics.count(.sample("alice", .accepted), at: door)
                    metrics.decided(nanoseconds: 20_000)
                }
            }
        }
        for thread in threads { try thread.join() }
        #expect(metrics.counts.verdicts == [.xmpp: [.accepted: 10_000], .api: [.accepted: 10_000]])
        #expect(metrics.counts.durations.count == 20_000)
    }
}
