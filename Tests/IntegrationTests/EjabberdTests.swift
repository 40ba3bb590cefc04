import TestSupport
import Testing

/// A real ejabberd as the XMPP server: it words its refusals in its own way and never says goodbye in TLS.
@Suite struct EjabberdTests {
    private let ejabberd: Ejabberd

    init() throws {
        ejabberd = try Ejabberd()
    }

    private var parameters: [String: String] {
        ["serverAddressOverride": "localhost:\(ejabberd.port)", "sharedSecret": Ejabberd.secret("cb1")]
    }

    @Test func `it takes the component, found by address and by SRV, with both certificates`() throws {
        let zone = try DNSZone([
            .component(of: "example.test", at: "xmpp1.example.test", port: ejabberd.port),
            .addresses("xmpp1.example.test", ["127.0.0.1"]),
        ])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure(parameters)
        let first = try server.waitUntilConnected()
        #expect(first.tls?.mutual == true)
        #expect(first.source == "override")
        try server.put(["serverAddressOverride": ""])
        let second = try server.waitForStatus { $0.state == "connected" && $0.source == "srv" }
        #expect(second.tls?.mutual == true)
        #expect(second.server == "xmpp1.example.test:\(ejabberd.port)")
    }

    @Test(arguments: [
        ["sharedSecret": "wrong"], ["uniqueName": "nobody"],
    ]) func `a wrong secret and an unknown name are the same to it, and the detail says so`(
        wrong: [String: String]
    ) throws {
        let server = try APIServerProcess(.trusting())
        try server.configure(parameters.merging(wrong) { $1 })
        let jid = "\(wrong["uniqueName"] ?? "cb1").example.test"
        try server.waitForFailure().expect("registration", "notAuthorized", mentions: [jid, "or", "the name"])
    }

    @Test func `the name of one of its own hosts is in use`() throws {
        let server = try APIServerProcess(.trusting())
        try server.configure(parameters.merging(["uniqueName": "local"]) { $1 })
        try server.waitForFailure().expect(
            "registration", "nameInUse", mentions: ["local.example.test", "a host of the server"])
    }

    @Test func `its restart is noticed and healed`() throws {
        let server = try APIServerProcess(.trusting())
        try server.configure(parameters)
        let before = try server.waitUntilConnected()
        ejabberd.stop()
        // Most often a bare end of the connection, without close_notify or a closing tag, which is no TLS failure; now
        // and then its listener has the time to say that the system shuts down.
        try server.expectLostConnection("connectionLost", "serverShutdown")
        try ejabberd.restart()
        let after = try server.waitUntilConnected(within: .seconds(90))
        #expect(after.revision == before.revision)
        #expect(after.since != before.since)
    }

    @Test func `a polite close that it answers without close_notify is no failure`() throws {
        let server = try APIServerProcess(.trusting())
        try server.configure(parameters)
        try server.waitUntilConnected()
        try server.configure(["uniqueName": "cb2", "sharedSecret": Ejabberd.secret("cb2")])
        let status = try server.waitUntilConnected()
        #expect(status.jid == "cb2.example.test")
        #expect(status.lastFailure == nil)
        try server.put(["sharedSecret": ""])
        #expect(try server.status().state == "notConfigured")
        try server.stop()
        #expect(!server.log.contains("XMPP connection failed"))
    }
}
