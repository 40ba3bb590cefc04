import Foundation
import TestSupport
import Testing

/// `GET /api/v1/events`: what somebody changed and what became of the connection, with a real process.
@Suite struct EventTests {
    /// An event, as far as tests look at it; written apart from the server's own types.
    private struct Event: Decodable {
        var id: String
        var type: String
        var user: String?
        var address: String?
        var name: String?
        var fields: [String]?
        var revision: Int?
        var step: String?
        var reason: String?
        var count: Int?
    }

    private struct Page: Decodable {
        var total: Int
        var events: [Event]
    }

    /// The oldest first.
    private func events(_ server: APIServerProcess) throws -> [Event] {
        let reply = try server.client().request(
            "GET", "/api/v1/events?limit=500", headers: [("Accept", "application/json")])
        #expect(reply.status == 200)
        let page = try JSONDecoder().decode(Page.self, from: Data(reply.body))
        #expect(page.total == page.events.count)
        return page.events.reversed()
    }

    @Test func `what happened is told in its order, and outlasts the process`() throws {
        let dead = try FreePorts.reserve()
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting())
        let settings = [
            "uniqueName": "cb1", "domain": "example.test", "sharedSecret": Prosody.secret("cb1"),
            "serverAddressOverride": "localhost:\(dead)",
        ]
        try server.put(settings)
        // Two attempts, one event.
        try server.waitForStatus { ($0.attempts ?? 0) >= 2 && $0.state == "waiting" }
        try server.put(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        prosody.process.kill()
        try server.waitForStatus { $0.lastFailure != nil }
        try server.stop()
        try server.restart()

        let events = try events(server)
        #expect(events.map { Int($0.id) } == (1...events.count).map { $0 })
        #expect(
            events.prefix(6).map(\.type) == [
                "userAdded", "configurationChanged", "connectionFailed", "configurationChanged", "connected",
                "connectionLost",
            ])
        #expect(events.contains { $0.type == "stopped" })
        try #require(events.count > 6)
        #expect(events[0].name == "admin" && events[0].user == nil)
        #expect(events[1].fields == ["uniqueName", "domain", "serverAddressOverride", "sharedSecret"])
        #expect(events[1].user == "admin" && events[1].address == "127.0.0.1" && events[1].revision == 1)
        #expect(events[2].step == "tcpConnect" && events[2].reason == "connectionRefused" && events[2].revision == 1)
        #expect((events[2].count ?? 0) >= 2)
        #expect(events[3].fields == ["serverAddressOverride"] && events[3].revision == 2)
        #expect(events[4].revision == 2)
        #expect(events[5].step == "connected" && events[5].revision == 2)
        #expect(
            server.log.contains(#"127.0.0.1: API user "admin" modified XMPP configuration (serverAddressOverride)"#))
    }
}
