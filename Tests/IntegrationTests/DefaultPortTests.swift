import TestSupport
import Testing

/// What happens on the port that nobody has to write, 5223. One at a time: there is only one such port.
@Suite(.serialized) struct DefaultPortTests {
    private let defaultPort: UInt16 = 5223

    @Test func `without an SRV record the domain itself is the server`() throws {
        // Domain and host are the same name then, so one entry names both.
        let prosody = try Prosody(certificate: .domainOnly, port: defaultPort)
        let zone = try DNSZone([.addresses("example.test", ["127.0.0.1"])])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        let status = try server.waitUntilConnected()
        #expect(status.server == "example.test:5223")
        #expect(status.address == "127.0.0.1:\(prosody.port)")
        #expect(zone.log.contains("_xmpp-component._tcp.example.test"))
    }

    @Test func `without an SRV record an AAAA record of the domain will do`() throws {
        let prosody = try Prosody(certificate: .domainOnly, addresses: ["::1"], port: defaultPort)
        let zone = try DNSZone([.addresses("example.test", ["::1"])])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        #expect(try server.waitUntilConnected().address == "[::1]:\(prosody.port)")
    }

    @Test func `with an SRV record the domain itself is never the server`() throws {
        let prosody = try Prosody(port: defaultPort)
        let dead = try FreePorts.reserve()
        let zone = try DNSZone([
            .component(of: "example.test", at: "xmpp1.example.test", port: dead),
            .addresses("xmpp1.example.test", ["127.0.0.1"]), .addresses("example.test", ["127.0.0.1"]),
        ])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        try server.waitForFailure().expect("tcpConnect", "connectionRefused", mentions: ["127.0.0.1:\(dead)"])
        try server.stop()
        #expect(!zone.log.contains("query[A] example.test"))
        #expect(!prosody.log.contains("External component successfully authenticated"))
    }

    @Test(arguments: ["localhost", "127.0.0.1", "::1", "[::1]"])
    func `an override without a port means 5223`(address: String) throws {
        let prosody = try Prosody(addresses: ["127.0.0.1", "::1"], port: defaultPort)
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": address])
        let status = try server.waitUntilConnected()
        #expect(status.server == (address == "::1" ? "[::1]:5223" : "\(address):5223"))
        #expect(status.address?.hasSuffix(":\(prosody.port)") == true)
    }

    @Test func `nobody on the default port is a refused connection`() throws {
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "127.0.0.1"])
        try server.waitForFailure().expect("tcpConnect", "connectionRefused", mentions: ["127.0.0.1:5223"])
    }
}
