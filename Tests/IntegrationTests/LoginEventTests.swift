import Foundation
import TestSupport
import Testing

/// Logins as they are seen from outside, in events and metrics, with a real process and a real Prosody that asks.
@Suite struct LoginEventTests {
    /// An event, as far as tests look at it; written apart from the server's own types.
    private struct Event: Decodable, Equatable {
        var type: String
        var door: String?
        var user: String?
        var address: String?
        var name: String?
        var reason: String?
        var count: Int?
    }

    private struct Page: Decodable {
        var total: Int
        var events: [Event]
    }

    private let prosody: Prosody
    private let server: APIServerProcess

    init() throws {
        prosody = try Prosody()
        server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
    }

    /// All events about logins, the oldest first.
    private func logins() throws -> [Event] {
        var all: [Event] = []
        let client = server.client()
        while true {
            let reply = try client.request(
                "GET", "/api/v1/events?limit=500&offset=\(all.count)", headers: [("Accept", "application/json")])
            try #require(reply.status == 200)
            let page = try JSONDecoder().decode(Page.self, from: Data(reply.body)).events
            if page.isEmpty { return all.reversed().filter { $0.type.hasPrefix("login") && $0.door != nil } }
            all += page
        }
    }

    /// The metrics now: text, and the samples by what stands before their value.
    private func metrics() throws -> (text: String, samples: [String: Double]) {
        let reply = try server.client().request("GET", "/metrics")
        try #require(reply.status == 200)
        let samples = reply.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: " ")
            return (String(parts[0]), Double(parts[1]) ?? .nan)
        }
        return (reply.text, Dictionary(samples) { first, _ in first })
    }

    private static func logins(_ door: String, _ result: String, _ reason: String = "") -> String {
        "callbridge_logins_total{door=\"\(door)\",result=\"\(result)\",reason=\"\(reason)\"}"
    }

    /// Has Prosody ask about logins: one for each number, whose name a piece of Lua says.
    private func ask(from: String = "example.test", username: String, password: String, times: Int = 1) throws {
        try prosody.shell(
            """
            > local st = require "util.stanza"; for number = 1, \(times) do \
            prosody.core_route_stanza(prosody.hosts["example.test"], \
            st.iq({ type = "set", from = "\(from)", to = "cb1.example.test", id = "login" .. number }) \
            :tag("query", { xmlns = "jabber:iq:auth" }) \
            :text_tag("username", \(username)):text_tag("password", "\(password)")) end
            """)
    }

    private func wait(until condition: ([String: Double]) -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let samples = try metrics().samples
            if condition(samples) { return }
            guard ContinuousClock.now < deadline else {
                throw server.process.failure("has not counted what was wanted: \(samples)")
            }
            ServerProcess.pause(milliseconds: 20)
        }
    }

    @Test func `logins at both doors are told by name and counted, and outlast the process`() throws {
        let (right, wrong) = ("right-\(UUID().uuidString)", "wrong-\(UUID().uuidString)")
        let client = server.client()
        let form = [("Content-Type", "application/x-www-form-urlencoded")]
        func send(_ method: String, _ path: String, _ body: String) throws -> HTTPReply {
            try client.request(method, path, headers: form, body: Array(body.utf8))
        }
        #expect(try send("POST", "/api/v1/users", "userJid=alice@example.test&password=\(right)").status == 200)
        #expect(try send("PUT", "\(APIServerProcess.configurationPath)/login", "mode=users").status == 200)
        let check = "\(APIServerProcess.configurationPath)/login/check"

        try ask(username: #""alice""#, password: right)
        try wait { $0[Self.logins("xmpp", "accepted")] == 1 }
        try ask(username: #""alice""#, password: wrong, times: 2)
        try wait { $0[Self.logins("xmpp", "refused", "notAuthorized")] == 2 }
        // A user may not ask, and nobody is told of it by name.
        try ask(from: "eve@example.test/phone", username: #""alice""#, password: right)
        try wait { $0[#"callbridge_xmpp_login_requests_rejected_total{kind="forbidden"}"#] == 1 }
        let accepted = try send("POST", check, "username=alice&host=example.test&password=\(right)")
        #expect(accepted.text.contains("accepted"), "\(accepted.text)")
        let refused = try send("POST", check, "username=al%0Aice&host=example.test&password=\(wrong)")
        #expect(refused.text.contains("notAuthorized"), "\(refused.text)")

        let expected = [
            Event(type: "loginAccepted", door: "xmpp", name: "alice@example.test", count: 1),
            Event(type: "loginRefused", door: "xmpp", name: "alice@example.test", reason: "notAuthorized", count: 2),
            Event(
                type: "loginAccepted", door: "api", user: "admin", address: "127.0.0.1", name: "alice@example.test",
                count: 1),
            Event(
                type: "loginRefused", door: "api", user: "admin", address: "127.0.0.1",
                name: #"al\u{a}ice@example.test"#, reason: "notAuthorized", count: 1),
        ]
        #expect(try logins() == expected)
        let metrics = try metrics()
        #expect(metrics.samples[Self.logins("api", "accepted")] == 1)
        #expect(metrics.samples[Self.logins("api", "refused", "notAuthorized")] == 1)
        #expect(metrics.samples[Self.logins("api", "failed", "timedOut")] == 0)
        #expect(metrics.samples["callbridge_login_duration_seconds_count"] == 5)
        let scratch = try ScratchDirectory("login-metrics")
        let promtool = try ServerProcess(
            "promtool",
            .init(
                try Program.promtool.path(), ["check", "metrics"],
                input: .file(try scratch.write(metrics.text, to: "metrics"))), in: scratch)
        #expect(try promtool.waitForExit(within: .seconds(60)) == .code(0))
        #expect(promtool.log == "")

        try server.stop()
        try server.restart()
        #expect(try logins() == expected)
        let database = try ["", "-wal"].map { suffix in
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: server.databasePath + suffix)), as: UTF8.self)
        }.joined()
        #expect(database.contains("alice@example.test"))
        for (place, text) in [("log", server.log), ("metrics", metrics.text), ("database", database)] {
            for password in [right, wrong] { #expect(!text.contains(password), "in the \(place)") }
        }
    }

    @Test func `a flood of ever new names leaves few events, and the others stay`() throws {
        let before = try metrics().samples
        for round in 0..<4 {
            try ask(username: #"("guess-" .. number % 5000 .. "-\#(round)")"#, password: "no matter", times: 5000)
        }
        let all = ["refused|notAuthorized", "failed|tooManyRequests"].map { words in
            let words = words.split(separator: "|")
            return Self.logins("xmpp", String(words[0]), String(words[1]))
        }
        try wait { samples in all.map { samples[$0] ?? 0 }.reduce(0, +) == 20_000 }
        let events = try logins()
        #expect(events.compactMap(\.count).reduce(0, +) == 20_000)
        // A thousand names of each type, what remains without names; a slow machine may need a second minute for all.
        #expect(events.count <= 2 * 2 * 1001, "\(events.count)")
        #expect(events.contains { $0.name == nil && ($0.count ?? 0) > 1000 })
        let after = try metrics().samples
        let growth =
            (after["process_resident_memory_bytes"] ?? .infinity) - (before["process_resident_memory_bytes"] ?? 0)
        #expect(growth < 128 * 1024 * 1024, "\(growth)")
        let page = try server.client().request("GET", "/api/v1/events?limit=500&offset=\(events.count)")
        for kind in ["userAdded", "configurationChanged", "connected"] { #expect(page.text.contains(">\(kind)<")) }
        try server.stop()
    }
}
