import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// Clients that change the configuration and wait for what becomes of it.
@Suite struct WaitingTests {
    private static let writers = 16
    private static let statusPath = APIServerProcess.configurationPath + "/status"

    private func status(of reply: HTTPReply) throws -> ConnectionStatus {
        try JSONDecoder().decode(ConnectionStatus.self, from: Data(reply.body))
    }

    /// The revision that the ETag of an answer names.
    private func revision(of reply: HTTPReply) throws -> Int {
        let tag = try #require(reply.headers["ETag"])
        return try #require(Int(tag.dropFirst().prefix { $0 != "-" }), "\(tag)")
    }

    private func wait(
        _ query: String, over client: HTTPClient, headers: [(name: String, value: String)] = []
    ) throws -> HTTPReply {
        try client.request(
            "GET", "\(Self.statusPath)\(query)", headers: headers + [("Accept", "application/json")])
    }

    // MARK: Many writers

    @Test func `each of sixteen writers hears of its own revision`() throws {
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        let rounds = 10
        let revisions = NIOLockedValueBox<[Int]>([])
        let writers = (0..<Self.writers).map { writer in
            BackgroundThread {
                let client = server.client(timeout: .seconds(120))
                for round in 0..<rounds {
                    // Each writer has an address of its own; some are dead ends, so that some settle as failures.
                    let port = writer % 4 == 0 ? 1 : UInt16(prosody.mutualPort)
                    let host = writer % 2 == 0 ? "localhost" : "127.0.0.1"
                    let put = try server.put(
                        [
                            "serverAddressOverride": "\(host):\(port)",
                            "sharedSecret": writer % 8 == 1 ? "wrong-\(writer)-\(round)" : Prosody.secret("cb1"),
                            "uniqueName": writer % 8 == 3 ? "cb\(writer)-\(round)" : "cb1",
                        ], over: client)
                    #expect(put.status == 200)
                    let mine = try revision(of: put)
                    revisions.withLockedValue { $0.append(mine) }
                    let reply = try wait("?waitFor=settled&revision=\(mine)&timeout=100", over: client)
                    #expect(reply.status == 200)
                    let status = try status(of: reply)
                    #expect(status.revision >= mine)
                    #expect(status.state == "connected" || status.lastFailure != nil, "\(status)")
                }
            }
        }
        for writer in writers { try writer.join() }
        let all = revisions.withLockedValue { $0 }
        #expect(all.count == Self.writers * rounds)
        // Two writers may want the same in a row, and then share a revision; none is skipped.
        #expect(Set(all) == Set((all.min() ?? 0)...(all.max() ?? 0)))
        #expect(try server.status().revision == all.max())
    }

    @Test func `of sixteen racing writers one wins each revision`() throws {
        let server = try APIServerProcess(.trusting())
        let rounds = 20
        let wins = NIOLockedValueBox<[Int]>([])
        let writers = (0..<Self.writers).map { writer in
            BackgroundThread {
                let client = server.client(timeout: .seconds(120))
                while true {
                    let known = try revision(of: client.request("GET", APIServerProcess.configurationPath))
                    if known >= rounds { return }
                    let put = try client.request(
                        "PUT", APIServerProcess.configurationPath, headers: [("If-Match", "\"\(known)\"")],
                        body: Array("domain=d\(known).w\(writer).test".utf8))
                    switch put.status {
                    case 200:
                        // The answer names the revision that this very change has made.
                        #expect(try revision(of: put) == known + 1)
                        wins.withLockedValue { $0.append(known) }
                    case 412: #expect(try revision(of: put) > known)
                    default: Issue.record("\(put)")
                    }
                }
            }
        }
        for writer in writers { try writer.join() }
        #expect(wins.withLockedValue { $0.sorted() } == Array(0..<rounds))
    }

    // MARK: Scripts

    @Test func `a script hears of a wrong secret, and then of a right one`() throws {
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting())
        let client = server.client(timeout: .seconds(120))
        let idle = try wait("?waitFor=settled&timeout=100", over: client)
        #expect(try status(of: idle).state == "notConfigured")
        try server.configure([
            "serverAddressOverride": "localhost:\(prosody.mutualPort)", "sharedSecret": "no such secret",
        ])
        let refused = try status(of: wait("?waitFor=settled&revision=1&timeout=100", over: client))
        #expect(refused.state == "waiting")
        #expect(refused.lastFailure?.reason == "notAuthorized")
        let put = try server.put(["sharedSecret": Prosody.secret("cb1")], over: client)
        let connected = try wait("?waitFor=connected&revision=\(revision(of: put))&timeout=100", over: client)
        #expect(connected.status == 200)
        #expect(try status(of: connected).state == "connected")
        // And of the next change, whatever it is.
        let tag = try #require(connected.headers["ETag"])
        let next = NIOLockedValueBox<HTTPReply?>(nil)
        let waiter = BackgroundThread {
            let client = server.client(timeout: .seconds(120))
            let reply = try client.request(
                "GET", Self.statusPath,
                headers: [("If-None-Match", tag), ("Prefer", "wait=100"), ("Accept", "application/json")])
            next.withLockedValue { $0 = reply }
        }
        prosody.stop()
        try waiter.join()
        let reply = try #require(next.withLockedValue { $0 })
        #expect(reply.status == 200)
        #expect(try status(of: reply).lastFailure?.step == "connected")
    }

    @Test func `the end of the server ends a wait and a stream`() throws {
        let server = try APIServerProcess(.trusting(further: ["--threads", "1"]))
        let waiting = server.client(timeout: .seconds(120))
        let following = server.client(timeout: .seconds(120))
        for client in [waiting, following] { #expect(try client.request("GET", Self.statusPath).status == 200) }
        let credentials = HTTPClient.basicCredentials(user: APIServerProcess.user, password: server.password)
        let end = "Host: box\r\nAuthorization: \(credentials.value)\r\n\r\n"
        try waiting.raw(Array("GET \(Self.statusPath)?waitFor=connected&timeout=300 HTTP/1.1\r\n\(end)".utf8))
        try following.raw(Array("GET \(Self.statusPath) HTTP/1.1\r\nAccept: text/event-stream\r\n\(end)".utf8))
        // The one thread takes requests in the order in which they come; so it has those when it answers this one.
        #expect(try server.client().request("GET", Self.statusPath).status == 200)
        try server.stop()
        #expect(try waiting.reply().status == 503)
        let stream = try following.reply()
        #expect(stream.status == 200)
        #expect(stream.text.hasPrefix("event: status\n"))
    }

    // MARK: Check and reconnect

    private struct Check: Decodable {
        struct Step: Decodable {
            var step: String
            var outcome: String
        }

        var register: Bool
        var outcome: String
        var failure: ConnectionStatus.Failure?
        var steps: [Step]
    }

    private func check(_ body: String, _ query: String = "", over client: HTTPClient) throws -> Check {
        let reply = try client.request(
            "POST", APIServerProcess.configurationPath + "/check" + query, headers: [("Accept", "application/json")],
            body: Array(body.utf8))
        #expect(reply.status == 200, "\(reply.text)")
        return try JSONDecoder().decode(Check.self, from: Data(reply.body))
    }

    @Test func `a check tells what would become of settings, and leaves the connection alone`() throws {
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting())
        let client = server.client(timeout: .seconds(120))
        let address = "serverAddressOverride=localhost:\(prosody.mutualPort)"
        let name = "uniqueName=cb1&domain=example.test&\(address)"
        let wrong = try check("\(name)&sharedSecret=wrong", over: client)
        #expect(wrong.register)
        #expect(wrong.outcome == "failed")
        #expect(wrong.failure?.reason == "notAuthorized")
        let right = try check("\(name)&sharedSecret=\(Prosody.secret("cb1"))", over: client)
        #expect(right.outcome == "succeeded")
        #expect(right.steps.map(\.step).suffix(4) == ["tcpConnect", "tlsHandshake", "streamOpen", "registration"])
        #expect(try server.status().revision == 0)
        // What was tried can be set, and is not disturbed by a further check.
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        let before = try server.waitUntilConnected()
        let beside = try check("", over: client)
        #expect(!beside.register)
        #expect(beside.outcome == "succeeded")
        #expect(beside.steps.last?.step == "streamOpen")
        let dead = try check("serverAddressOverride=127.0.0.1:1", over: client)
        #expect(dead.failure?.reason == "connectionRefused")
        let after = try server.status()
        #expect(after.state == "connected")
        #expect(after.since == before.since)
        #expect(after.revision == 1)
        #expect(!server.log.contains(Prosody.secret("cb1")))
    }

    @Test func `a reconnect makes a new connection of the same settings`() throws {
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting())
        let client = server.client(timeout: .seconds(120))
        let path = APIServerProcess.configurationPath + "/reconnect"
        #expect(try client.request("POST", path).status == 409)
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        let before = try server.waitUntilConnected()
        #expect(try client.request("POST", path).status == 200)
        let after = try status(of: wait("?waitFor=connected&timeout=100", over: client))
        #expect(after.state == "connected")
        #expect(after.since != before.since)
        #expect(after.revision == before.revision)
        #expect(server.log.contains(#"127.0.0.1: API user "admin" requested XMPP reconnect"#))
        // It does not wait for its time either.
        prosody.stop()
        try server.waitForStatus { $0.state == "waiting" && ($0.attempts ?? 0) > 1 }
        try prosody.restart()
        #expect(try client.request("POST", path).status == 200)
        let again = try wait("?waitFor=connected&timeout=100", over: client)
        #expect(again.status == 200)
    }
}
