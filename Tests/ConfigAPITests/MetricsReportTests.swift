import Foundation
import HTTPTypes
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing
import Yams

@testable import BridgeEngine
@testable import ConfigAPI

/// `/metrics`: what is counted, under which labels, and that the page about it is complete.
@Suite struct MetricsReportTests {
    private let harness: APIHarness

    init() throws {
        harness = try APIHarness()
    }

    private func text() async throws -> String {
        let answer = try await harness.ask("GET", "/metrics")
        #expect(answer.status == 200)
        return answer.body
    }

    private func lines(_ name: String) async throws -> [String] {
        try await text().split(separator: "\n").filter { $0.hasPrefix(name) }.map { String($0) }
    }

    /// A file of the repository.
    private func file(_ path: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test(arguments: [("admin", 200), ("api", 200), ("reader", 200), ("login", 403), (nil, 401)])
    func `whoever may read may scrape`(user: String?, status: Int) async throws {
        #expect(try await harness.ask("GET", "/metrics", user: user).status == status)
    }

    @Test func `the page and the server name the same metrics with the same types`() async throws {
        let served = try await text().matches(of: #/# TYPE (\S+) (\S+)\n/#).map { "\($0.output.1) \($0.output.2)" }
        #expect(Set(served).count == served.count, "each family once")
        let documented = try file("docs/metrics.md").matches(of: #/(?m)^\| `([a-z_]+)` \| ([a-z]+) \|/#).map {
            "\($0.output.1) \($0.output.2)"
        }
        #expect(documented.sorted() == served.sorted())
    }

    /// A label that is not in the page's row, or a row's that is in no sample, is one of the two's mistake.
    @Test func `the page and the server name the same labels`() async throws {
        harness.attemptMetrics.count(.sample)
        _ = try await text()
        let page = try file("docs/metrics.md")
        for sample in try await text().matches(of: #/(?m)^([a-z_]+)\{(.*)\} /#) {
            let name = sample.output.1.replacing(#/_(bucket|sum|count)$/#, with: "")
            let labels = sample.output.2.matches(of: #/([a-z_]+)="/#).map { String($0.output.1) }.filter { $0 != "le" }
            let row = page.split(separator: "\n").first { $0.hasPrefix("| `\(name)` |") }
            let cell = try #require(row, "\(name)").split(separator: "|", omittingEmptySubsequences: false)[3]
            #expect(cell.matches(of: #/`([a-z_]+)`/#).map { String($0.output.1) } == labels, "\(name)")
        }
    }

    @Test func `each route has its path from the contract, and none is missing`() throws {
        let document = try #require(try Yams.load(yaml: try file("openapi.yaml")) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: Any]).keys
        let pages = Set(Route.rootNodes.values.filter(\.isForPeople).map(\.template.path))
        let templates = RouteTemplate.allCases.map(\.path)
        #expect(templates.allSatisfy { paths.contains($0) || pages.contains($0) || $0 == "other" })
        for path in paths {
            let route = try Route.find(path.replacingOccurrences(of: "{id}", with: "some-id"))
            #expect(
                route.template.path == path.replacingOccurrences(of: "/system/configuration/", with: "/configuration/"))
        }
    }

    @Test func `requests are counted by route, method and code, never by what a client made up`() async throws {
        let requests: [(method: String, target: String, user: String?)] = [
            ("GET", "/api/v1/configuration/xmpp", "admin"), ("GET", "//API/v1/system/configuration/xmpp/?x=y", "api"),
            ("GET", "/api/v1/configuration/xmpp", nil), ("PUT", "/api/v1/configuration/xmpp", "reader"),
            ("BREW", "/api/v1/configuration/xmpp", "admin"), ("GET", "/secret/path", "admin"),
            ("GET", "/api/v1/system/alarms/77", "admin"), ("HEAD", "/healthz", nil),
        ]
        for request in requests { _ = try await harness.ask(request.method, request.target, user: request.user) }
        #expect(
            try await lines("callbridge_http_requests_total{").sorted() == [
                #"callbridge_http_requests_total{route="/api/v1/configuration/xmpp",method="GET",code="200"} 2"#,
                #"callbridge_http_requests_total{route="/api/v1/configuration/xmpp",method="GET",code="401"} 1"#,
                #"callbridge_http_requests_total{route="/api/v1/configuration/xmpp",method="PUT",code="403"} 1"#,
                #"callbridge_http_requests_total{route="/api/v1/configuration/xmpp",method="other",code="405"} 1"#,
                #"callbridge_http_requests_total{route="/api/v1/system/alarms/{id}",method="GET",code="404"} 1"#,
                #"callbridge_http_requests_total{route="/healthz",method="HEAD",code="200"} 1"#,
                #"callbridge_http_requests_total{route="other",method="GET",code="404"} 1"#,
            ])
        #expect(!(try await text()).contains("secret"))
    }

    @Test(arguments: [
        ("?waitFor=waiting", []), ("", [("Prefer", "wait=1"), ("If-None-Match", "\"b007-5-xml\"")]),
        ("", [("Accept", "text/event-stream")]),
    ])
    func `who waits on purpose is counted and not timed`(query: String, headers: [(name: String, value: String)])
        async throws
    {
        let path = "/api/v1/configuration/xmpp/status"
        #expect(try await harness.ask("GET", path + query, headers).status < 400)
        let labels = "{route=\"\(path)\",method=\"GET\""
        #expect(try await lines("callbridge_http_requests_total\(labels)").count == 1)
        #expect(try await lines("callbridge_http_request_duration_seconds_count\(labels)").isEmpty)
        _ = try await harness.ask("GET", path)
        #expect(
            try await lines("callbridge_http_request_duration_seconds_count\(labels)") == [
                "callbridge_http_request_duration_seconds_count\(labels)} 1"
            ])
    }

    @Test func `what the server refuses by itself is counted too`() async throws {
        var head = HTTPServerRequest(
            method: .put, target: "/api/v1/configuration/xmpp", headerFields: [:], remoteAddress: "", isSecure: false,
            id: "id-2")
        let name = try #require(RequestID.fieldName)
        #expect(harness.handler.refusal(status: .contentTooLarge, head).headerFields[name] == "id-2")
        head = HTTPServerRequest(method: .get, target: "", headerFields: [:], remoteAddress: "", isSecure: false)
        _ = harness.handler.refusal(status: .badRequest, head)
        #expect(
            try await lines("callbridge_http_requests_total{") == [
                #"callbridge_http_requests_total{route="/api/v1/configuration/xmpp",method="PUT",code="413"} 1"#,
                #"callbridge_http_requests_total{route="other",method="GET",code="400"} 1"#,
            ])
    }

    @Test func `attempts are counted by outcome, and failures by step and reason`() async throws {
        for _ in 0..<3 { harness.attemptMetrics.count(.sample) }
        let text = try await text()
        #expect(text.contains("\ncallbridge_xmpp_attempts_total{outcome=\"failed\"} 3\n"))
        #expect(text.contains("\ncallbridge_xmpp_attempts_total{outcome=\"succeeded\"} 0\n"))
        #expect(
            text.contains("\ncallbridge_xmpp_failures_total{step=\"registration\",reason=\"notAuthorized\"} 3\n"))
        #expect(text.contains("\ncallbridge_xmpp_connect_duration_seconds_count 0\n"))
    }

    @Test func `the state is one of all, and the alarm shows`() async throws {
        let text = try await text()
        for state in BridgeStatus.State.allCases {
            #expect(text.contains("callbridge_xmpp_state{state=\"\(state)\"} \(state == .waiting ? 1 : 0)\n"))
        }
        #expect(text.contains("callbridge_xmpp_state_timestamp_seconds 1795407611.532\n"))
        #expect(text.contains("callbridge_alarm_active{type=\"xmppRegistrationFailure\"} 0\n"))
        harness.bridge.status.outage = BridgeStatus.Outage(
            id: Array(repeating: 1, count: 16), since: .now - .seconds(11), failure: nil)
        #expect(try await self.text().contains("callbridge_alarm_active{type=\"xmppRegistrationFailure\"} 1\n"))
    }

    @Test func `many threads lose no count`() throws {
        let metrics = RequestMetrics()
        let threads = (0..<4).map { _ in
            BackgroundThread {
                for _ in 0..<5000 { metrics.count(.status, .get, code: 200, nanoseconds: 20_000) }
            }
        }
        for thread in threads { try thread.join() }
        let series = try #require(metrics.counted.series.first)
        #expect(metrics.counted.series.count == 1)
        #expect((series.template, series.method) == (.status, "GET"))
        #expect(series.codes.map(\.count) == [20_000])
        #expect(series.durations.count == 20_000)
        #expect(series.durations.sum == 20_000 * 20_000)
    }
}
