import Foundation
import TestSupport
import Testing

/// Clients log in at a real ejabberd, which asks the API by `callbridge-extauth`, set up as its README says.
@Suite struct ExternalAuthLoginTests {
    private let api: LoginAPI
    private let ejabberd: Ejabberd

    init() throws {
        api = try LoginAPI()
        let lines = try ExternalAuth.ejabberdLines(replacing: [
            "/usr/local/lib/callbridge/callbridge-extauth": ExternalAuth.path, "https://127.0.0.1:8443": api.url,
            "/etc/ejabberd/callbridge.password": api.passwordFile, "/etc/ejabberd/callbridge.crt": api.authority,
        ])
        ejabberd = try Ejabberd(authentication: lines)
    }

    private func logIn(_ name: String, _ password: String) throws -> ClientLogin.Result {
        try ClientLogin(as: "\(name)@example.test", password: password, port: ejabberd.clientPort).result()
    }

    @Test func `a client is accepted with the right password alone, and a guest with any`() throws {
        let alice = try logIn("alice", LoginAPI.alicePassword)
        #expect(alice.outcome == .accepted)
        #expect(alice.jid?.hasPrefix("alice@example.test/") == true)
        #expect(try logIn("guest42", "x").outcome == .accepted)
        for (name, password) in [("alice", "wrong"), ("nobody", LoginAPI.alicePassword), ("alice", "")] {
            let refused = try logIn(name, password)
            #expect(refused.isNotAuthorized, "\(refused)")
        }
        for text in [ejabberd.log, api.server.log] { #expect(!text.contains(LoginAPI.alicePassword)) }
    }

    @Test func `nobody is accepted while the API is away, and everybody again when it is back`() throws {
        #expect(try logIn("alice", LoginAPI.alicePassword).outcome == .accepted)
        try api.server.stop()
        // The same password as before: nothing is remembered.
        #expect(try logIn("alice", LoginAPI.alicePassword).isNotAuthorized)
        try ejabberd.process.waitForLog(containing: "callbridge-extauth: a login is refused because")
        try api.server.restart()
        try api.server.process.waitForLog(containing: "listening address=https:")
        #expect(try logIn("alice", LoginAPI.alicePassword).outcome == .accepted)
    }

    @Test func `a browser logs in at it too`() throws {
        let right = try ClientLogin(
            inBrowserAs: "alice", password: LoginAPI.alicePassword, port: ejabberd.webPort
        ).result()
        #expect(right.outcome == .accepted, "\(right)")
        let wrong = try ClientLogin(inBrowserAs: "alice", password: "wrong", port: ejabberd.webPort).result()
        #expect(wrong.isNotAuthorized, "\(wrong)")
    }

    @Test func `its programs end with it`() throws {
        #expect(try logIn("guest1", "x").outcome == .accepted)
        // As many as the README says, for each of ejabberd's two hosts.
        #expect(try programs() == 2 * 4)
        ejabberd.stop()
        let deadline = ContinuousClock.now + .seconds(20)
        while try programs() > 0 {
            guard ContinuousClock.now < deadline else { throw ejabberd.process.failure("left programs behind") }
            ServerProcess.pause()
        }
    }

    /// How many processes have the password file of this test in their command line.
    private func programs() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.count { id in
            let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains(api.passwordFile)
        }
    }
}
