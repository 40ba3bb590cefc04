import Foundation
import GRDB
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// `/status/general`, as the handler answers it.
@Suite struct StatusPageTests {
    private static let path = "/status/general"
    private let harness: APIHarness

    init() throws {
        harness = try APIHarness()
    }

    private func page(_ query: String = "", user: String = "reader") async throws -> String {
        let answer = try await harness.ask("GET", Self.path + query, user: user)
        #expect(answer.status == 200)
        return answer.body
    }

    /// A section's content.
    private func section(_ id: String, of page: String) throws -> String {
        let begin = try #require(page.range(of: "<section id=\"\(id)\""))
        return try #require(page[begin.lowerBound...].components(separatedBy: "</section>").first)
    }

    @Test func `every section is there from the first moment on`() async throws {
        let page = try await page()
        let ids = page.matches(of: #/<section id="([a-z]+)"/#).map { String($0.output.1) }
        #expect(ids == ["connection", "attempt", "certificate", "logins", "alarms", "attempts", "events"])
        #expect(page.matches(of: #/<section [^>]* data-live/#).count == ids.count)
        #expect(try section("attempt", of: page).contains("There was none yet."))
        #expect(try section("events", of: page).contains("Nothing has happened yet."))
        #expect(try section("alarms", of: page).contains("No alarm is active."))
    }

    @Test func `connected, with certificate and logins`() async throws {
        harness.bridge.publish { status in
            status.state = .connected
            status.server = "xmpp1.example.test:5223"
            status.source = .srv
            status.tls = AttemptReport.sample.steps[3].tls
            var logins = LoginCounts()
            (logins.accepted, logins.refused, logins.failed) = (12, 3, 1)
            status.loginRequests = logins
            status.warnings = [.certificateEndsSoon]
        }
        let page = try await page()
        #expect(try section("connection", of: page).contains("data-state=\"connected\""))
        #expect(try section("connection", of: page).contains("xmpp1.example.test:5223, found by DNS SRV"))
        #expect(try section("connection", of: page).contains("ends within 30 days"))
        let certificate = try section("certificate", of: page)
        #expect(certificate.contains("TLSv1.3, TLS_AES_256_GCM_SHA384"))
        #expect(certificate.contains("<code>DNS:example.test</code>"))
        #expect(certificate.contains("datetime=\"2027-01-15T08:00:00.000Z\""))
        #expect(try section("logins", of: page).contains("<dt>Accepted</dt><dd>12</dd>"))
        #expect(try section("logins", of: page).contains("<dt>Not decided</dt><dd>1</dd>"))
    }

    @Test func `the attempt that is under way, the last one, or the one that was asked for`() async throws {
        harness.attempts.add(.sample(revision: 1))
        harness.attempts.add(.sample(revision: 2))
        var page = try await page()
        #expect(try section("attempt", of: page).contains("Attempt 2, begun at"))
        #expect(try section("attempt", of: page).contains("failed,"))
        #expect(try section("certificate", of: page).contains("in attempt 2,"))
        #expect(try section("attempts", of: page).contains("<a href=\"?attempt=2#attempt\">Attempt 2</a>"))
        harness.bridge.attemptInProgress = .sample
        page = try await self.page()
        #expect(try section("attempt", of: page).contains("Running attempt"))
        #expect(try section("attempt", of: page).contains("under way,"))
        page = try await self.page("?attempt=1")
        #expect(try section("attempt", of: page).contains("<h2 id=\"attempt-heading\">Attempt 1</h2>"))
        #expect(try section("attempt", of: page).contains("The server &lt;does not&gt; accept it."))
    }

    @Test func `of many attempts the last twenty`() async throws {
        for _ in 0..<25 { harness.attempts.add(.sample) }
        let rows = try section("attempts", of: try await page()).matches(of: #/id="attempt-(\d+)"/#).map {
            Int($0.output.1)
        }
        #expect(rows == Array((6...25).reversed()))
    }

    @Test func `the alarm`() async throws {
        harness.bridge.publish { status in
            status.outage = BridgeStatus.Outage(
                id: Array(0..<16), since: .now.advanced(by: .seconds(-75)),
                failure: BridgeFailure(.tcpConnect, .connectionRefused, ""))
        }
        let alarms = try section("alarms", of: try await page())
        #expect(alarms.contains("xmppRegistrationFailure</span>: <code>connectFailure</code>"))
        #expect(alarms.contains("for 1 min 5 s"))
    }

    @Test func `the event log has pages, which keep the attempt that was asked for`() async throws {
        harness.attempts.add(.sample)
        for number in 1...45 {
            var event = Event.change
            event.revision = number
            harness.events.add(event)
        }
        var events = try section("events", of: try await page())
        #expect(events.contains("<p>1–20 of 45</p><a href=\"?events=20#events\">Older events</a>"))
        #expect(events.contains("revision 45 ") && !events.contains("revision 25 "))
        events = try section("events", of: try await page("?events=20&attempt=1"))
        #expect(
            events.contains(
                "<p>21–40 of 45</p><a href=\"?events=0&amp;attempt=1#events\">Newer events</a> "
                    + "<a href=\"?events=40&amp;attempt=1#events\">Older events</a>"))
        events = try section("events", of: try await page("?events=40"))
        #expect(events.contains("41–45 of 45") && !events.contains("Older events"))
        events = try section("events", of: try await page("?events=60"))
        #expect(events.contains("There are no older events.") && events.contains("Newer events"))
        events = try section("events", of: try await page("?events=1000000"))
        #expect(events.contains("None of 45</p><a href=\"?events=25#events\">Newer events</a></nav>"))
    }

    @Test func `a page that is open for longer than its attempt is kept goes on`() async throws {
        harness.attempts.add(.sample)
        for id in ["7", "9223372036854775807", "-1"] {
            let page = try await page("?attempt=\(id)")
            #expect(try section("attempt", of: page).contains("Attempt \(id) is not kept any more, or there was none."))
            #expect(try section("attempt", of: page).contains("<a href=\"?#attempt\">Back to the last attempt</a>"))
            #expect(try section("events", of: page).contains("Nothing has happened yet."))
        }
    }

    @Test func `an event log that can't be read takes nothing else away`() async throws {
        try await harness.store.database.write { try $0.execute(sql: "ALTER TABLE event RENAME TO lost") }
        let page = try await page()
        #expect(try section("events", of: page).contains("The event log can't be read at the moment."))
        #expect(try section("connection", of: page).contains("data-state=\"waiting\""))
    }

    @Test func `what others have written is text`() async throws {
        let hostile = "<script>alert(\"1\")</script>\u{202e}"
        harness.bridge.publish { status in
            status.server = hostile
            status.lastFailure = .init(
                failure: BridgeFailure(.tlsHandshake, .tlsFailed, hostile), at: Timestamp(milliseconds: 0))
        }
        var event = Event(.loginRefused)
        event.name = hostile
        harness.events.add(event)
        let page = try await page()
        #expect(!page.contains("<script>") && !page.contains("\u{202e}"))
        #expect(page.contains(#"&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;\u{202e}"#))
    }
}
