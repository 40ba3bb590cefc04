import Foundation
import TestSupport
import Testing

/// Metrics, readiness and request ids of a real process, with Prometheus as the reader.
@Suite struct MetricsTests {
    private let server: APIServerProcess
    private let scratch: ScratchDirectory

    init() throws {
        server = try APIServerProcess(.trusting())
        scratch = try ScratchDirectory("metrics")
    }

    /// The metrics now, as text.
    private func text() throws -> String {
        let reply = try server.client().request("GET", "/metrics")
        try #require(reply.status == 200)
        #expect(reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        return reply.text
    }

    /// The samples by what stands before their value.
    private func samples(_ text: String) -> [String: Double] {
        Dictionary(
            text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
                let parts = line.split(separator: " ")
                return (String(parts[0]), Double(parts[1]) ?? .nan)
            }
        ) { first, _ in first }
    }

    private func promtool(_ arguments: String..., input: ServerProcess.Input = .nothing) throws -> String {
        let process = try ServerProcess(
            "promtool \(UUID().uuidString)", .init(try Program.promtool.path(), arguments, input: input), in: scratch)
        let exit = try process.waitForExit(within: .seconds(60))
        #expect(exit == .code(0), "\(process.log)")
        return process.log
    }

    @Test func `promtool has nothing to say about a process that has had its share of trouble`() throws {
        let prosody = try Prosody()
        let quiet = samples(try text())
        #expect(quiet["callbridge_xmpp_state{state=\"notConfigured\"}"] == 1)
        #expect(quiet["callbridge_xmpp_last_connected_timestamp_seconds"] == 0)
        #expect(quiet["callbridge_logins_total{door=\"xmpp\",result=\"accepted\",reason=\"\"}"] == 0)

        let client = server.client()
        let path = APIServerProcess.configurationPath
        #expect(try client.request("GET", "/api/v1/no/such/node").status == 404)
        #expect(try client.request("DELETE", path).status == 405)
        #expect(try client.request("BREW", path).status == 405)
        #expect(try client.request("HEAD", path).status == 200)
        #expect(try client.request("GET", "\(path)/attempts/77").status == 404)
        #expect(try server.put(["serverAddressOverride": "not an address"]).status == 400)
        #expect(try HTTPClient(port: server.port).request("GET", path).status == 401)
        #expect(try server.client(of: "admin", password: "wrong").request("GET", path).status == 401)

        let dead = try FreePorts.reserve()
        try server.configure(["serverAddressOverride": "localhost:\(dead)"])
        _ = try server.waitForFailure()
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        prosody.stop()
        try server.expectLostConnection("connectionLost")
        try prosody.restart()
        try server.waitUntilConnected()

        let text = try text()
        let file = try scratch.write(text, to: "metrics")
        #expect(try promtool("check", "metrics", input: .file(file)) == "")

        let seen = samples(text)
        func requests(_ route: String, _ method: String, _ code: Int) -> Double? {
            seen["callbridge_http_requests_total{route=\"\(route)\",method=\"\(method)\",code=\"\(code)\"}"]
        }
        #expect(requests("other", "GET", 404) == 1)
        #expect(requests(path, "DELETE", 405) == 1)
        #expect(requests(path, "other", 405) == 1)
        #expect(requests(path, "HEAD", 200) == 1)
        #expect(requests(path, "PUT", 200) == 2)
        #expect(requests(path, "PUT", 400) == 1)
        #expect(requests(path, "GET", 401) == 2)
        #expect(requests("\(path)/attempts/{id}", "GET", 404) == 1)
        #expect(!text.contains("no/such/node"))
        #expect(!text.contains("BREW"))
        #expect(seen["callbridge_http_password_checks_total{result=\"refused\"}"] == 1)
        #expect(seen["callbridge_xmpp_state{state=\"connected\"}"] == 1)
        #expect(seen["callbridge_xmpp_revision"] == 2)
        #expect(seen["callbridge_xmpp_attempts_total{outcome=\"succeeded\"}"] == 2)
        #expect(seen["callbridge_xmpp_connect_duration_seconds_count"] == 2)
        #expect(seen["callbridge_xmpp_failures_total{step=\"tcpConnect\",reason=\"connectionRefused\"}"] ?? 0 >= 1)
        #expect(seen["callbridge_xmpp_failures_total{step=\"connected\",reason=\"connectionLost\"}"] == 1)
        #expect(seen["callbridge_xmpp_connections_total"] == 2)
        #expect(seen["callbridge_xmpp_connections_lost_total"] == 1)
        #expect(seen["callbridge_xmpp_reconnections_total"] == 1)
        #expect(seen["callbridge_store_commit_duration_seconds_count"] == 2)
        let since = seen["callbridge_xmpp_state_timestamp_seconds"]
        #expect(seen["callbridge_xmpp_last_connected_timestamp_seconds"] == since)
        let certificateEnd = seen["callbridge_xmpp_server_certificate_not_after_timestamp_seconds"] ?? 0
        #expect(certificateEnd > Date().timeIntervalSince1970)
        #expect(seen["callbridge_http_requests_in_progress"] == 1, "the scrape itself")
    }

    /// Against what the kernel says of the process from outside.
    @Test func `the figures of the process are right`() throws {
        let seen = samples(try text())
        let directory = "/proc/\(server.process.processID)"
        func status(_ name: String) throws -> Double {
            let lines = try String(contentsOfFile: "\(directory)/status", encoding: .utf8).split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix("\(name):") })
            return try #require(Double(line.split(whereSeparator: \.isWhitespace)[1]))
        }
        let resident = try #require(seen["process_resident_memory_bytes"])
        #expect(abs(resident / (try status("VmRSS") * 1024) - 1) < 0.3)
        let threads = try #require(seen["process_threads"])
        #expect(abs(threads - (try status("Threads"))) <= 4)
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/fd").count
        #expect(abs(try #require(seen["process_open_fds"]) - Double(files)) <= 3)
        #expect(try #require(seen["process_max_fds"]) >= 1024)
        #expect(try #require(seen["process_cpu_seconds_total"]) > 0)
        let age = Date().timeIntervalSince1970 - (try #require(seen["process_start_time_seconds"]))
        #expect((-2...120).contains(age))
    }

    @Test func `the configuration and the rules in the page are what Prometheus takes`() throws {
        let page = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../docs/metrics.md"), encoding: .utf8)
        let blocks = page.matches(of: /```yaml\n((?s:.*?))```/).map { String($0.output.1) }
        try #require(blocks.count == 2)
        let configuration = try scratch.write(blocks[0], to: "prometheus.yml")
        _ = try promtool("check", "config", "--syntax-only", configuration)
        let rules = try scratch.write(blocks[1], to: "rules.yml")
        let answer = try promtool("check", "rules", rules)
        #expect(answer.contains("7 rules found"))
        // A rule about a metric that is not there would never fire.
        let names = try text().matches(of: #/# TYPE (\S+) /#).map { String($0.output.1) }
        for name in blocks[1].matches(of: /callbridge_[a-z_]+/).map({ String($0.output) }) {
            #expect(names.contains(name), "\(name)")
        }
    }

    @Test func `a real Prometheus reads them`() throws {
        let port = try FreePorts.reserve()
        let configuration = try scratch.write(
            """
            global: {scrape_interval: 1s}
            scrape_configs:
              - job_name: callbridge
                basic_auth: {username: admin, password: "\(server.password)"}
                static_configs: [{targets: ["127.0.0.1:\(server.port)"]}]
            """, to: "prometheus.yml")
        let prometheus = try ServerProcess(
            "prometheus",
            .init(
                try Program.prometheus.path(),
                [
                    "--config.file=\(configuration)", "--storage.tsdb.path=\(scratch.file("data"))",
                    "--web.listen-address=127.0.0.1:\(port)",
                ]), in: scratch)
        try prometheus.waitUntilListening(on: [port])
        let client = HTTPClient(port: port)
        let query = "/api/v1/query?query=callbridge_xmpp_state%7Bstate%3D%22notConfigured%22%7D"
        let deadline = ContinuousClock.now + .seconds(60)
        var answer = ""
        while !answer.contains("\"notConfigured\""), ContinuousClock.now < deadline {
            answer = try client.request("GET", query).text
            ServerProcess.pause(milliseconds: 100)
        }
        #expect(answer.contains("\"notConfigured\""), "\(answer)")
        #expect(answer.contains(",\"1\"]"), "\(answer)")
        prometheus.stop()
    }

    @Test func `readiness follows the connection, for anybody`() throws {
        let anybody = HTTPClient(port: server.port)
        #expect(try anybody.request("GET", "/readyz").text == "ok\n")
        let early = try anybody.request("GET", "/readyz?xmpp=required")
        #expect((early.status, early.text) == (503, "xmpp: not connected\n"))
        let prosody = try Prosody()
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        #expect(try anybody.request("GET", "/readyz?xmpp=required").status == 200)
        prosody.stop()
        try server.expectLostConnection("connectionLost")
        #expect(try anybody.request("GET", "/readyz?xmpp=required").status == 503)
        #expect(try anybody.request("HEAD", "/readyz").status == 200)
    }

    @Test func `an id leads from an answer to its lines in the log`() throws {
        let path = APIServerProcess.configurationPath
        let made = try server.client().request("GET", path)
        let id = try #require(made.headers["X-Request-Id"])
        try server.process.waitForLog(containing: "request_id=\(id) route=\(path) status=200")
        let own = "order-66/step.3"
        let guess = server.client(of: "admin", password: "wrong")
        let refused = try guess.request("GET", "\(path)?sharedSecret=in-the-url", headers: [("X-Request-Id", own)])
        #expect(refused.headers["X-Request-Id"] == own)
        try server.process.waitForLog(containing: "request_id=\(own) route=\(path) status=401")
        #expect(server.logLines.contains { $0.contains(["API user refused", "request_id=\(own)"]) })
        // Not even the path of a request is logged as it came: people put secrets into URLs.
        #expect(!server.log.contains("in-the-url"))
    }
}
