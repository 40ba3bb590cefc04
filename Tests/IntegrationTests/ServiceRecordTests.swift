import TestSupport
import Testing

/// Several servers for one domain: whatever is wrong with the first, the next one has its turn.
@Suite struct ServiceRecordTests {
    /// A zone with two servers, the first one preferred, both at 127.0.0.1.
    private func zone(_ first: UInt16, _ second: UInt16) throws -> DNSZone {
        try DNSZone([
            .component(of: "example.test", at: "xmpp2.example.test", port: first, priority: 1),
            .component(of: "example.test", at: "xmpp1.example.test", port: second, priority: 2),
            .addresses("xmpp1.example.test", ["127.0.0.1"]), .addresses("xmpp2.example.test", ["127.0.0.1"]),
        ])
    }

    private func expectSecond(_ zone: DNSZone, _ port: UInt16) throws {
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        let status = try server.waitUntilConnected()
        #expect(status.server == "xmpp1.example.test:\(port)")
        #expect(status.source == "srv")
        #expect(status.lastFailure == nil, "one attempt covers all servers")
    }

    @Test func `a first server that refuses is passed over`() throws {
        let good = try Prosody()
        let zone = try zone(FreePorts.reserve(), good.port)
        try expectSecond(zone, good.port)
    }

    @Test func `a first server that takes TCP and is silent is passed over`() throws {
        let good = try Prosody()
        let frozen = try Prosody()
        let zone = try zone(frozen.port, good.port)
        frozen.process.freeze()
        try expectSecond(zone, good.port)
    }

    @Test(arguments: [ServerCertificate.good, .expired, .otherAuthority])
    func `a first server with a wrong certificate is passed over`(certificate: ServerCertificate) throws {
        let good = try Prosody()
        // `good` names the domain and xmpp1, but not this server.
        let wrong = try Prosody(certificate: certificate)
        let zone = try zone(wrong.port, good.port)
        try expectSecond(zone, good.port)
        #expect(!wrong.log.contains("External component successfully authenticated"))
    }

    @Test func `a first server with nothing behind its front end is passed over`() throws {
        let good = try Prosody()
        let frontEnd = try Stunnel(backend: FreePorts.reserve())
        let zone = try DNSZone([
            .component(of: "example.test", at: "xmpp1.example.test", port: frontEnd.port, priority: 1),
            .component(of: "example.test", at: "xmpp1.example.test", port: good.port, priority: 2),
            .addresses("xmpp1.example.test", ["127.0.0.1"]),
        ])
        try expectSecond(zone, good.port)
        #expect(frontEnd.log.contains("components"))
    }

    @Test func `a first server without an address is passed over`() throws {
        let good = try Prosody()
        let zone = try DNSZone([
            .component(of: "example.test", at: "nowhere.example.test", port: 5223, priority: 1),
            .component(of: "example.test", at: "xmpp1.example.test", port: good.port, priority: 2),
            .addresses("xmpp1.example.test", ["127.0.0.1"]),
        ])
        try expectSecond(zone, good.port)
    }

    @Test func `a first server that refuses the secret has the last word`() throws {
        let refusing = try Ejabberd()
        let other = try Prosody()
        let zone = try DNSZone([
            .component(of: "example.test", at: "xmpp1.example.test", port: refusing.port, priority: 1),
            .component(of: "example.test", at: "xmpp1.example.test", port: other.port, priority: 2),
            .addresses("xmpp1.example.test", ["127.0.0.1"]),
        ])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        try server.waitForFailure().expect("registration", "notAuthorized")
        #expect(!other.log.contains("External component successfully authenticated"))
    }

    @Test func `the failure that got furthest is told`() throws {
        let expired = try Prosody(certificate: .expired)
        let zone = try zone(expired.port, FreePorts.reserve())
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        try server.waitForFailure().expect("tlsHandshake", "certificateExpired")
    }

    @Test func `SRV targets without an address are hosts that are not found`() throws {
        let zone = try DNSZone([.component(of: "example.test", at: "nowhere.example.test", port: 5223)])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        try server.waitForFailure().expect("addressLookup", "hostNotFound", mentions: ["nowhere.example.test"])
    }
}
