import Foundation
import TestSupport
import Testing

/// Clients log in at a real Prosody, which asks the Call Bridge by `deploy/prosody/mod_auth_callbridge.lua`.
@Suite struct LoginTests {
    /// What XML, Base64 and UTF-8 could do to a password.
    private static let password = #"p<&>'"ä€😀 ]]> "# + UUID().uuidString
    private let prosody: Prosody
    private let server: APIServerProcess

    init() throws {
        prosody = try Prosody(
            certificate: .anyServer,
            logins: [.callBridge("example.test"), .callBridge("meet.example.test"), .accounts("other.example.test")])
        server = try APIServerProcess(.trusting(further: ["--login-attempts", "3"]))
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
    }

    private func start(_ jid: String, _ password: String = Self.password) throws -> ClientLogin {
        try ClientLogin(as: jid, password: password, port: prosody.loginPort)
    }

    private func logIn(_ jid: String, _ password: String = Self.password) throws -> ClientLogin.Result {
        try start(jid, password).result()
    }

    private func expectAccepted(
        _ jid: String, _ password: String = Self.password, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try logIn(jid, password)
        #expect(result.outcome == .accepted, "\(result)", sourceLocation: sourceLocation)
        #expect(result.jid?.hasPrefix("\(jid.lowercased())/") == true, "\(result)", sourceLocation: sourceLocation)
    }

    private func expectNotAuthorized(
        _ jid: String, _ password: String = Self.password, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try logIn(jid, password)
        #expect(result.isNotAuthorized, "\(result)", sourceLocation: sourceLocation)
    }

    /// Expects that the client is told to come again, at once, and that Prosody's log has the reason.
    private func expectTemporary(
        _ jid: String, because reason: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try logIn(jid)
        #expect(result.isTemporary, "\(result)", sourceLocation: sourceLocation)
        #expect(result.seconds < 3, "\(result)", sourceLocation: sourceLocation)
        let name = jid.prefix { $0 != "@" }
        try prosody.process.waitForLog(containing: "Login of \(name): \(reason)")
    }

    // MARK: The policy

    @Test func `users come in with their passwords, and nobody else`() throws {
        try server.letIn("users")
        try server.addBridgeUser("alice@example.test", password: Self.password)
        try expectAccepted("alice@example.test")
        try expectAccepted("ALICE@example.test")
        try expectNotAuthorized("alice@example.test", "wrong")
        try expectNotAuthorized("alice@example.test", Self.password + "x")
        try expectNotAuthorized("nobody@example.test")
        // However a keyboard writes it: Prosody prepares it before it asks.
        try server.addBridgeUser("zo\u{E9}@example.test", password: "cafe\u{301}\u{A0}ﬁn")
        try expectAccepted("zoe\u{301}@example.test", "caf\u{E9} fin")
        // A name is one at its host only.
        try expectNotAuthorized("alice@meet.example.test")
        try expectNotAuthorized("guest4711@example.test")
    }

    @Test func `guests come in with any password`() throws {
        try server.letIn("guests")
        try expectAccepted("guest4711@example.test", "anything")
        try expectAccepted("guest4711@meet.example.test", "something else")
        try expectNotAuthorized("alice@example.test")
        try server.letIn("usersAndGuests")
        try server.addBridgeUser("alice@example.test", password: Self.password)
        try expectAccepted("guest4711@example.test", "anything")
        try expectAccepted("alice@example.test")
        try expectNotAuthorized("alice@example.test", "wrong")
    }

    @Test func `nobody comes in as long as nobody has said who may`() throws {
        try server.addBridgeUser("alice@example.test", password: Self.password)
        for jid in ["alice@example.test", "guest4711@example.test"] { try expectNotAuthorized(jid) }
        try server.letIn("users")
        try expectAccepted("alice@example.test")
        try server.letIn("none")
        for jid in ["alice@example.test", "guest4711@example.test"] { try expectNotAuthorized(jid) }
    }

    @Test func `a host that is not listed is told so in Prosody's log, its clients to come again`() throws {
        try server.letIn("users", hosts: "meet.example.test")
        for host in ["example.test", "meet.example.test"] {
            try server.addBridgeUser("alice@\(host)", password: Self.password)
        }
        try expectTemporary("alice@example.test", because: "forbidden: cb1.example.test takes no login requests from")
        try expectAccepted("alice@meet.example.test")
        try server.letIn("users", hosts: "example.test,meet.example.test")
        try expectAccepted("alice@example.test")
    }

    @Test func `a name with many wrong passwords has to wait, even with the right one`() throws {
        try server.letIn("users")
        for name in ["alice", "bob"] { try server.addBridgeUser("\(name)@example.test", password: Self.password) }
        for _ in 1...3 { try expectNotAuthorized("alice@example.test", "wrong") }
        try expectTemporary("alice@example.test", because: "slowed down: ")
        try expectAccepted("bob@example.test")
    }

    // MARK: The connection

    @Test func `nobody comes in while the Call Bridge is away, and all do when it is back`() throws {
        try server.letIn("users")
        try server.addBridgeUser("alice@example.test", password: Self.password)
        try expectAccepted("alice@example.test")
        try server.stop()
        try expectTemporary("alice@example.test", because: "away: cb1.example.test is not connected")
        try server.restart()
        try server.waitUntilConnected()
        try expectAccepted("alice@example.test")
    }

    @Test func `a frozen Call Bridge lets nobody in, not even later, and holds up no other host`() throws {
        try server.letIn("users")
        try server.addBridgeUser("alice@example.test", password: Self.password)
        try prosody.shell(#"user:create("bob@other.example.test", "another password")"#)
        server.process.freeze()
        let waiting = try start("alice@example.test")
        try prosody.process.waitForLog(containing: "<auth ")

        let other = try logIn("bob@other.example.test", "another password")
        #expect(other.outcome == .accepted, "\(other)")
        #expect(other.seconds < 2, "\(other)")
        #expect(waiting.isWaiting)

        let refused = try waiting.result()
        #expect(refused.isTemporary, "\(refused)")
        #expect(5..<7 ~= refused.seconds, "\(refused)")
        try prosody.process.waitForLog(
            containing: "Login of alice: late: cb1.example.test did not answer within 5 s")
        #expect(!prosody.log.contains("Authenticated as alice@example.test"))

        server.process.thaw()
        try prosody.process.waitForLog(containing: "Discarding iq from component of type: result")
        #expect(!prosody.log.contains("Authenticated as alice@example.test"))
        try expectAccepted("alice@example.test")
    }

    @Test func `a reconnect costs nobody a wrong password`() throws {
        try server.letIn("users")
        try server.addBridgeUser("alice@example.test", password: Self.password)
        let before = try server.status()
        #expect(try server.client().request("POST", "\(APIServerProcess.configurationPath)/reconnect").status == 200)
        let meanwhile = try logIn("alice@example.test")
        #expect(meanwhile.outcome == .accepted || meanwhile.isTemporary, "\(meanwhile)")
        try server.waitForStatus { $0.state == "connected" && $0.since != before.since }
        try expectAccepted("alice@example.test")
        // Without a connection for as long as it takes.
        try server.put(["sharedSecret": "wrong"])
        #expect(try server.waitForFailure().reason == "notAuthorized")
        try expectTemporary("alice@example.test", because: "away: ")
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        try expectAccepted("alice@example.test")
    }

    // MARK: Secrecy

    @Test func `no log and no answer has a password`() throws {
        let wrong = "not this one \(UUID().uuidString)"
        try server.letIn("users")
        try server.addBridgeUser("alice@example.test", password: Self.password)
        try expectAccepted("alice@example.test")
        try expectNotAuthorized("alice@example.test", wrong)
        try server.letIn("guests")
        try expectAccepted("guest1@example.test")
        try server.letIn("guests", hosts: "meet.example.test")
        try expectTemporary("guest1@example.test", because: "forbidden: ")
        try expectTemporary("alice@example.test", because: "forbidden: ")

        let client = server.client()
        let paths = [
            APIServerProcess.loginPath, "\(APIServerProcess.configurationPath)/status",
            "\(APIServerProcess.configurationPath)/attempts?limit=500", "/api/v1/events?limit=500", "/api/v1/users",
            "/metrics",
        ]
        var answers = ""
        for path in paths {
            let reply = try client.request("GET", path)
            try #require(reply.status == 200, "\(path): \(reply.text)")
            answers += reply.headers.fields.map { "\($0.name): \($0.value)\n" }.joined() + reply.text + "\n"
        }
        try server.stop()
        try expectTemporary("alice@example.test", because: "away: ")

        // As they are in XML, and in SASL.
        let escaped = Self.password.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("'", with: "&apos;").replacing("\"", with: "&quot;")
        let hidden =
            [Self.password, escaped, wrong, String(Self.password.suffix(36))]
            + [("alice", Self.password), ("alice", wrong), ("guest1", Self.password)].map {
                Data("\0\($0.0)\0\($0.1)".utf8).base64EncodedString()
            }
        for (place, text) in [("answers", answers), ("Call Bridge's log", server.log), ("Prosody's log", prosody.log)] {
            #expect(!text.isEmpty)
            for secret in hidden { #expect(!text.contains(secret), "in the \(place)") }
        }
    }
}
