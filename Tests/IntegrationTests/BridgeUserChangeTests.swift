import Foundation
import TestSupport
import Testing

/// The Call Bridge's users, changed over the API and by the command line, while a server runs on the database.
@Suite struct BridgeUserChangeTests {
    private struct Page: Decodable {
        struct User: Decodable, Equatable {
            let id: String
            let userJid: String
            let name: String
        }

        let total: Int
        let users: [User]
    }

    private let server: APIServerProcess
    private let scratch: ScratchDirectory
    private let path = "/api/v1/users"

    init() throws {
        server = try APIServerProcess(.init())
        scratch = try ScratchDirectory("bridge-users")
    }

    private func user(_ arguments: String..., password: String? = nil) throws {
        let from = password == nil ? [] : ["--password-file", "-"]
        let run = try APIServerRun(
            ["bridge-user"] + arguments + from + ["--database", server.databasePath], input: password, in: scratch)
        try #require(run == .silent)
    }

    private func list() throws -> String {
        try APIServerRun(["bridge-user", "list", "--database", server.databasePath], in: scratch).output
    }

    private func page(_ query: String = "") throws -> Page {
        let reply = try server.client().request("GET", path + query, headers: [("Accept", "application/json")])
        #expect(reply.status == 200)
        return try JSONDecoder().decode(Page.self, from: Data(reply.body))
    }

    private func send(_ method: String, _ path: String, _ body: String = "") throws -> HTTPReply {
        try server.client().request(method, path, body: Array(body.utf8))
    }

    private func location(_ reply: HTTPReply) throws -> String {
        try #require(reply.headers.fields.first { $0.name.lowercased() == "location" }).value
    }

    /// Asks until there are these users; a request that begins more than a second after the call has to tell them.
    private func expectWithinASecond(_ jids: String..., query: String = "") throws {
        let limit = ContinuousClock.now + .seconds(1)
        while true {
            let begin = ContinuousClock.now
            let seen = try page(query).users.map(\.userJid)
            if seen == jids { return }
            guard begin < limit else {
                Issue.record("still \(seen), not \(jids)")
                return
            }
            ServerProcess.pause()
        }
    }

    @Test func `what the command line does is seen within a second`() throws {
        #expect(try page().total == 0)
        try user("add", "Bob@example.test", "--name", "Bob", password: "right")
        try expectWithinASecond("bob@example.test")
        let bob = try #require(try page().users.first)
        #expect(bob.name == "Bob")
        try user("set-password", "bob@example.test", password: "other")
        #expect(try page().users == [bob])
        try user("add", "alice@example.test", password: "right")
        try expectWithinASecond("alice@example.test", "bob@example.test")
        try expectWithinASecond("bob@example.test", query: "?filter=BOB")
        try user("remove", "bob@example.test")
        try expectWithinASecond("alice@example.test")
        #expect(try send("GET", "\(path)/\(bob.id)").status == 404)
    }

    /// Asks with a password whether a user may log in, until the answer is this one; a question that begins more than a
    /// second after the call has to have it.
    private func expectLogin(_ result: String, with password: String) throws {
        let limit = ContinuousClock.now + .seconds(1)
        while true {
            let begin = ContinuousClock.now
            let reply = try send(
                "POST", "/api/v1/configuration/xmpp/login/check",
                "username=bob&host=example.test&password=\(password)")
            if reply.text.contains("<result>\(result)</result>") { return }
            guard begin < limit else {
                Issue.record("\(reply.text), not \(result)")
                return
            }
            ServerProcess.pause()
        }
    }

    @Test func `a login that is remembered counts no more a second after the command line has changed the user`() throws
    {
        try server.configure(["domain": "example.test"])
        try server.letIn("users")
        try user("add", "bob@example.test", password: "right")
        try expectLogin("accepted", with: "right")
        try user("set-password", "bob@example.test", password: "other")
        try expectLogin("refused", with: "right")
        try expectLogin("accepted", with: "other")
        try user("remove", "bob@example.test")
        try expectLogin("refused", with: "other")
    }

    @Test func `what the API does is there for the command line, with who did it`() throws {
        let added = try send("POST", path, "userJid=Alice@Example.test&name=Alice&password=tell-no-one")
        #expect(added.status == 200 && added.body.isEmpty)
        let alice = try location(added)
        #expect(try list() == "JID                 NAME\nalice@example.test  Alice\n")
        #expect(try send("POST", path, "userJid=ALICE@example.test&password=tell-no-one").status == 400)
        #expect(try send("PUT", alice, "password=tell-no-one-either&name=").status == 200)
        #expect(try list() == "JID                 NAME\nalice@example.test\n")
        #expect(try send("DELETE", alice).status == 200)
        #expect(try list() == "JID  NAME\n")
        #expect(try send("GET", alice).status == 404)
        let events = try send("GET", "/api/v1/events").text
        for kind in ["bridgeUserAdded", "bridgeUserChanged", "bridgeUserRemoved"] {
            #expect(
                events.contains(
                    "<type>\(kind)</type><user>admin</user><address>127.0.0.1</address><name>alice@example.test</name>")
            )
        }
        try server.stop()
        for line in [
            #"127.0.0.1: API user "admin" created user "alice@example.test""#,
            #"127.0.0.1: API user "admin" modified user "alice@example.test" (name, password)"#,
            #"127.0.0.1: API user "admin" deleted user "alice@example.test""#,
        ] { #expect(server.log.contains(line)) }
        for secret in ["tell-no-one", "scrypt"] {
            #expect(!server.log.contains(secret))
            #expect(!events.contains(secret))
        }
    }

    @Test func `users outlast the process, and both can change them at the same time`() throws {
        let writer = BackgroundThread {
            for number in 0..<8 {
                let reply = try send("POST", path, "userJid=api-\(number)@example.test&password=pw")
                #expect(reply.status == 200)
            }
        }
        for number in 0..<8 { try user("add", "command-\(number)@example.test", password: "pw") }
        try writer.join()
        try server.stop()
        try server.restart()
        #expect(try page("?limit=500").users.count == 16)
        #expect(try page("?filter=command-&limit=1").total == 8)
    }
}
