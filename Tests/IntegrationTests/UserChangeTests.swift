import Foundation
import TestSupport
import Testing

/// Changes of the users by the command line, while a server runs on the same database.
@Suite struct UserChangeTests {
    private let server: APIServerProcess
    private let scratch: ScratchDirectory

    init() throws {
        server = try APIServerProcess(.init())
        scratch = try ScratchDirectory("users")
    }

    private func user(_ arguments: String..., password: String? = nil) throws {
        let from = password == nil ? [] : ["--password-file", "-"]
        let run = try APIServerRun(
            ["user"] + arguments + from + ["--database", server.databasePath], input: password, in: scratch)
        try #require(run == .silent)
    }

    private func get(_ client: HTTPClient) throws -> Int {
        try client.request("GET", APIServerProcess.configurationPath).status
    }

    private func put(_ client: HTTPClient) throws -> Int {
        try client.request("PUT", APIServerProcess.configurationPath, body: Array("uniqueName=cb1".utf8)).status
    }

    /// Asks until the answer has a status; a request that begins more than a second after the call has to have it.
    private func expectWithinASecond(_ status: Int, _ ask: () throws -> Int) throws {
        let limit = ContinuousClock.now + .seconds(1)
        while true {
            let begin = ContinuousClock.now
            let answer = try ask()
            if answer == status { return }
            guard begin < limit else {
                Issue.record("still \(answer), not \(status)")
                return
            }
            ServerProcess.pause()
        }
    }

    @Test func `a new user can log in`() throws {
        let bob = server.client(of: "bob", password: "right")
        #expect(try get(bob) == 401)
        try user("add", "bob", password: "right")
        try expectWithinASecond(200) { try get(bob) }
        #expect(try put(bob) == 200)
    }

    @Test func `an old password is refused and the new one taken within a second`() throws {
        try user("add", "bob", password: "old")
        let (old, new) = (server.client(of: "bob", password: "old"), server.client(of: "bob", password: "new"))
        #expect(try get(old) == 200)
        #expect(try get(new) == 401)
        try user("set-password", "bob", password: "new")
        try expectWithinASecond(401) { try get(old) }
        #expect(try get(new) == 200)
        #expect(try get(old) == 401)
    }

    @Test func `a user who is removed is out within a second`() throws {
        try user("add", "bob", password: "right")
        let bob = server.client(of: "bob", password: "right")
        #expect(try get(bob) == 200)
        try user("remove", "bob")
        try expectWithinASecond(401) { try get(bob) }
    }

    @Test func `a role counts within a second`() throws {
        try user("add", "bob", "--role", "api", password: "right")
        let bob = server.client(of: "bob", password: "right")
        #expect(try put(bob) == 200)
        try user("set-role", "bob", "--role", "readonly")
        try expectWithinASecond(403) { try put(bob) }
        #expect(try get(bob) == 200)
        try user("set-role", "bob", "--role", "login")
        try expectWithinASecond(403) { try get(bob) }
    }

    @Test func `changes of users and of the configuration don't get in each other's way`() throws {
        let writer = BackgroundThread {
            let client = server.client()
            for number in 0..<200 {
                let reply = try server.put(["uniqueName": "cb\(number)"], over: client)
                #expect(reply.status == 200)
            }
        }
        for number in 0..<5 { try user("add", "user-\(number)", password: "pw") }
        for number in 0..<5 { try user("remove", "user-\(number)") }
        try writer.join()
        #expect(try server.status().revision == 200)
    }

    @Test func `no password is in a log, and no hash in a list`() throws {
        try user("add", "bob", password: "tell-no-one")
        #expect(try get(server.client(of: "bob", password: "tell-no-one")) == 200)
        #expect(try get(server.client(of: "bob", password: "tell-nobody-either")) == 401)
        let list = try APIServerRun(["user", "list", "--database", server.databasePath], in: scratch)
        #expect(list.output == "NAME   ROLE\nadmin  admin\nbob    api\n")
        try server.stop()
        #expect(server.log.contains("API user refused"))
        for secret in ["tell-no-one", "tell-nobody-either", "scrypt"] { #expect(!server.log.contains(secret)) }
    }
}
