import TestSupport
import Testing

/// One PUT, and a real Prosody has accepted this Call Bridge over TLS with both certificates.
@Suite struct ConnectTests {
    private let prosody: Prosody

    init() throws {
        prosody = try Prosody()
    }

    private func parameters(_ server: String, secret: String = Prosody.secret("cb1")) -> [String: String] {
        [
            "uniqueName": "cb1", "domain": "example.test", "serverAddressOverride": server, "sharedSecret": secret,
        ]
    }

    @Test func `a PUT connects with the client certificate that the server requires`() throws {
        let server = try APIServerProcess(.trusting())
        #expect(try server.status().state == "notConfigured")
        let reply = try server.put(parameters("localhost:\(prosody.mutualPort)"))
        #expect(reply.status == 200)
        #expect(reply.body.isEmpty)
        #expect(reply.headers["Content-Length"] == "0")
        let status = try server.waitForStatus { $0.state == "connected" }
        #expect(status.revision == 1)
        #expect(status.jid == "cb1.example.test")
        #expect(status.server == "localhost:\(prosody.mutualPort)")
        #expect(status.address == "127.0.0.1:\(prosody.mutualPort)")
        #expect(status.source == "override")
        #expect(status.tls?.mutual == true)
        #expect(status.tls?.version == "TLSv1.3")
        #expect(status.lastFailure == nil)
        try prosody.process.waitForLog(containing: "cb1.example.test:component")
        try prosody.process.waitForLog(containing: "External component successfully authenticated")
        try server.stop()
        try prosody.process.waitForLog(containing: "component disconnected: cb1.example.test")
    }

    @Test func `SRV leads past a dead first target`() throws {
        let dead = try FreePorts.reserve()
        let zone = try DNSZone([
            .component(of: "example.test", at: "dead.example.test", port: dead, priority: 1),
            .component(of: "example.test", at: "xmpp1.example.test", port: prosody.mutualPort, priority: 2),
            .addresses("dead.example.test", ["127.0.0.1"]), .addresses("xmpp1.example.test", ["127.0.0.1"]),
        ])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.put(parameters(""))
        let status = try server.waitForStatus { $0.state == "connected" }
        #expect(status.server == "xmpp1.example.test:\(prosody.mutualPort)")
        #expect(status.source == "srv")
        #expect(zone.log.contains("_xmpp-component._tcp.example.test"))
    }

    @Test func `the same values again leave the connection alone, a changed secret alone does not`() throws {
        let server = try APIServerProcess(.trusting())
        let values = parameters("localhost:\(prosody.mutualPort)")
        try server.put(values)
        let first = try server.waitForStatus { $0.state == "connected" }
        try server.put(values)
        try server.put(["domain": "EXAMPLE.test."])
        let second = try server.status()
        #expect(second == first)
        try server.put(["sharedSecret": "another"])
        let third = try server.waitForStatus { $0.state == "waiting" }
        #expect(third.revision == 2)
        #expect(third.lastFailure?.reason == "notAuthorized")
        #expect(third.lastFailure?.step == "registration")
        try server.put(values)
        let fourth = try server.waitForStatus { $0.state == "connected" }
        #expect(fourth.revision == 3)
        #expect(fourth.lastFailure == nil)
    }

    @Test func `clearing the secret closes the connection`() throws {
        let server = try APIServerProcess(.trusting())
        try server.put(parameters("localhost:\(prosody.mutualPort)"))
        try server.waitForStatus { $0.state == "connected" }
        try server.put(["sharedSecret": ""])
        let status = try server.status()
        #expect(status.state == "notConfigured")
        #expect(status.missing == ["sharedSecret"])
        #expect(status.sharedSecretSet == false)
        try prosody.process.waitForLog(containing: "component disconnected: cb1.example.test")
    }
}
