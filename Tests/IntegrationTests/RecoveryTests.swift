import TestSupport
import Testing

/// What was configured stays configured, and what was connected comes back.
@Suite struct RecoveryTests {
    private let prosody: Prosody
    private let server: APIServerProcess

    init() throws {
        prosody = try Prosody()
        server = try APIServerProcess(.trusting())
    }

    private func configure() throws {
        let reply = try server.put([
            "uniqueName": "cb1", "domain": "example.test", "sharedSecret": Prosody.secret("cb1"),
            "serverAddressOverride": "localhost:\(prosody.mutualPort)",
        ])
        #expect(reply.status == 200)
    }

    @Test func `a restart comes back connected by itself`() throws {
        try configure()
        let before = try server.waitForStatus { $0.state == "connected" }
        try server.stop()
        try server.restart()
        let after = try server.waitForStatus { $0.state == "connected" }
        #expect(after.revision == before.revision)
        #expect(after.boot != before.boot)
    }

    @Test(arguments: 1...5) func `a kill right after the 200 loses nothing`(round: Int) throws {
        try configure()
        server.kill()
        try server.restart()
        let status = try server.waitForStatus { $0.state == "connected" }
        #expect(status.revision == 1)
        #expect(status.sharedSecretSet == true)
    }

    @Test func `a restart of the XMPP server is noticed and healed`() throws {
        try configure()
        let before = try server.waitForStatus { $0.state == "connected" }
        prosody.stop()
        try server.expectLostConnection("connectionLost")
        try prosody.restart()
        let after = try server.waitForStatus { $0.state == "connected" }
        #expect(after.since != before.since)
        #expect(after.revision == before.revision)
    }
}
