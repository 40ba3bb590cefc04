import TestSupport
import Testing

/// A browser logs in by WebSocket at a real Prosody, as a WebRTC client does, and the Call Bridge decides.
@Suite struct BrowserLoginTests {
    private static let password = #"ä "<&'>" ]]> 😀"#
    private let prosody: Prosody
    private let server: APIServerProcess

    init() throws {
        prosody = try Prosody(logins: [.callBridge("example.test")])
        server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        try server.letIn("usersAndGuests")
        try server.addBridgeUser("alice@example.test", password: Self.password)
    }

    private func logIn(_ name: String, _ password: String = Self.password) throws -> ClientLogin.Result {
        try ClientLogin(inBrowserAs: name, password: password, port: prosody.webPort).result()
    }

    @Test func `a user with the right password and a guest are accepted`() throws {
        for name in ["alice", "guest4711"] {
            let result = try logIn(name)
            #expect(result.outcome == .accepted, "\(result)")
            #expect(result.jid?.hasPrefix("\(name)@example.test/") == true, "\(result)")
        }
    }

    @Test func `a wrong password and a name that nobody has are refused`() throws {
        for (name, password) in [("alice", "wrong"), ("nobody", Self.password)] {
            let result = try logIn(name, password)
            #expect(result.isNotAuthorized, "\(result)")
        }
    }

    @Test func `nobody is accepted while the Call Bridge is stopped`() throws {
        #expect(try logIn("alice").outcome == .accepted)
        try server.stop()
        for name in ["alice", "guest4711"] {
            let result = try logIn(name)
            #expect(result.isTemporary, "\(result)")
        }
        try server.restart()
        try server.waitUntilConnected()
        #expect(try logIn("alice").outcome == .accepted)
    }
}
