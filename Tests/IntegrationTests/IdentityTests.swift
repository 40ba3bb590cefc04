import TestSupport
import Testing

/// Whom the bridge takes for the XMPP server: each kind of certificate, shown by a real Prosody.
@Suite struct IdentityTests {
    /// A certificate and what comes of it for the domain `example.test` on the host `xmpp1.example.test`.
    struct Row: Sendable, CustomTestStringConvertible {
        let certificate: ServerCertificate
        /// nil: accepted.
        let reason: String?
        /// What the detail names: what was expected, and what the certificate has.
        let words: [String]

        init(_ certificate: ServerCertificate, _ reason: String? = nil, _ words: String...) {
            self.certificate = certificate
            self.reason = reason
            self.words = words
        }

        var testDescription: String { certificate.rawValue }
    }

    private static let noDomain = "does not name the XMPP domain example.test"
    private static let noHost = "does not name the host xmpp1.example.test"

    static let rows = [
        Row(.good),
        Row(.anyServer),
        Row(.srvName),
        Row(.xmppAddress),
        Row(.domainOnly, "certificateHostMismatch", noHost, "its names are DNS:example.test."),
        Row(.hostOnly, "certificateDomainMismatch", noDomain, "its names are DNS:xmpp1.example.test."),
        Row(.wildcard, "certificateDomainMismatch", noDomain, "DNS:*.example.test"),
        Row(.partialWildcard, "certificateHostMismatch", noHost, "DNS:example.test, DNS:xmpp*.example.test"),
        Row(
            .commonNameOnly, "certificateDomainMismatch", noDomain, noHost, "it has no subjectAltName",
            "CN=example.test does not count"),
        Row(.foreignNames, "certificateDomainMismatch", noDomain, noHost, "DNS:unrelated.test"),
        Row(.clientPurpose, "certificateUntrusted", "not allowed for TLS servers"),
        Row(.otherAuthority, "certificateUntrusted", "its issuer CN=Other CA is not in the trust store"),
        Row(.selfSigned, "certificateUntrusted", "self-signed"),
        Row(.expired, "certificateExpired", "expired on 2"),
        Row(.notYetValid, "certificateNotYetValid", "not valid before 2"),
    ]

    @Test(arguments: rows) func `a certificate has to name the domain and the host`(row: Row) throws {
        let prosody = try Prosody(certificate: row.certificate)
        let zone = try DNSZone([.addresses("xmpp1.example.test", ["127.0.0.1"])])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure(["serverAddressOverride": "xmpp1.example.test:\(prosody.port)"])
        if let reason = row.reason {
            let failure = try server.waitForFailure()
            failure.expect("tlsHandshake", reason, mentions: row.words)
            try server.stop()
            #expect(!prosody.log.contains("External component successfully authenticated"))
        } else {
            let status = try server.waitUntilConnected()
            #expect(status.lastFailure == nil)
            #expect(status.warnings == nil)
        }
    }

    @Test func `an SRV target has to be named too`() throws {
        let prosody = try Prosody(certificate: .domainOnly)
        let zone = try DNSZone([
            .component(of: "example.test", at: "xmpp1.example.test", port: prosody.port),
            .addresses("xmpp1.example.test", ["127.0.0.1"]),
        ])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        try server.waitForFailure().expect("tlsHandshake", "certificateHostMismatch", mentions: [Self.noHost])
    }

    @Test func `a certificate that ends within thirty days is accepted with a warning`() throws {
        let prosody = try Prosody(certificate: .endsSoon)
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(prosody.port)"])
        #expect(try server.waitUntilConnected().warnings == ["certificateEndsSoon"])
        try server.put(["sharedSecret": ""])
        #expect(try server.status().warnings == nil, "it is about a connection")
    }

    @Test func `a certificate other than the last one is accepted with a warning`() throws {
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(prosody.port)"])
        #expect(try server.waitUntilConnected().warnings == nil)
        try prosody.restart(certificate: .srvName)
        try server.expectLostConnection("connectionLost")
        #expect(try server.waitUntilConnected().warnings == ["certificateChanged"])
    }

    // MARK: This machine

    @Test(arguments: ["localhost", "127.0.0.1", "[::1]"])
    func `on this machine the domain alone is enough`(host: String) throws {
        let prosody = try Prosody(certificate: .domainOnly, addresses: ["127.0.0.1", "::1"])
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "\(host):\(prosody.port)"])
        #expect(try server.waitUntilConnected().server == "\(host):\(prosody.port)")
    }

    @Test func `on this machine the domain is still needed`() throws {
        let prosody = try Prosody(certificate: .hostOnly)
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(prosody.port)"])
        let failure = try server.waitForFailure()
        failure.expect("tlsHandshake", "certificateDomainMismatch", mentions: [Self.noDomain])
        #expect(!failure.detail.contains("does not name the host"))
    }

    @Test func `a name that DNS gives a loopback address is no loopback name`() throws {
        let prosody = try Prosody(certificate: .domainOnly)
        let zone = try DNSZone([
            .component(of: "example.test", at: "127.0.0.1.example.test", port: prosody.port),
            .addresses("127.0.0.1.example.test", ["127.0.0.1"]),
        ])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        try server.waitForFailure().expect(
            "tlsHandshake", "certificateHostMismatch", mentions: ["127.0.0.1.example.test"])
    }

    // MARK: An address

    @Test func `an address has to be named as an address`() throws {
        try TestNetwork.addAddress()
        let prosody = try Prosody(certificate: .address, addresses: [TestNetwork.address])
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "\(TestNetwork.address):\(prosody.port)"])
        #expect(try server.waitUntilConnected().address == "\(TestNetwork.address):\(prosody.port)")
    }

    @Test(arguments: [ServerCertificate.good, .domainOnly])
    func `an address that the certificate does not name is another host`(certificate: ServerCertificate) throws {
        try TestNetwork.addAddress()
        let prosody = try Prosody(certificate: certificate, addresses: [TestNetwork.address])
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "\(TestNetwork.address):\(prosody.port)"])
        try server.waitForFailure().expect(
            "tlsHandshake", "certificateHostMismatch",
            mentions: ["does not name the address \(TestNetwork.address)", "DNS:example.test"])
    }

    // MARK: --xmpp-verify

    @Test(arguments: [ServerCertificate.hostOnly, .foreignNames, .commonNameOnly])
    func `with chain the names do not count`(certificate: ServerCertificate) throws {
        let prosody = try Prosody(certificate: certificate)
        let server = try APIServerProcess(.trusting(further: ["--xmpp-verify", "chain"]))
        try server.configure(["serverAddressOverride": "localhost:\(prosody.port)"])
        #expect(try server.waitUntilConnected().warnings == nil)
    }

    @Test(arguments: [
        (ServerCertificate.selfSigned, "certificateUntrusted"), (.otherAuthority, "certificateUntrusted"),
        (.clientPurpose, "certificateUntrusted"), (.expired, "certificateExpired"),
    ]) func `with chain authority, purpose and dates still count`(certificate: ServerCertificate, reason: String) throws
    {
        let prosody = try Prosody(certificate: certificate)
        let server = try APIServerProcess(.trusting(further: ["--xmpp-verify", "chain"]))
        try server.configure(["serverAddressOverride": "localhost:\(prosody.port)"])
        try server.waitForFailure().expect("tlsHandshake", reason)
    }

    @Test(arguments: [ServerCertificate.selfSigned, .otherAuthority, .expired, .clientPurpose])
    func `with none any certificate does, and status and log warn`(certificate: ServerCertificate) throws {
        let prosody = try Prosody(certificate: certificate)
        let server = try APIServerProcess(.trusting(further: ["--xmpp-verify", "none"]))
        #expect(try server.status().warnings == ["verificationOff"])
        try server.configure(["serverAddressOverride": "localhost:\(prosody.port)"])
        let ends = certificate == .expired ? ["certificateEndsSoon"] : []
        #expect(try server.waitUntilConnected().warnings == ["verificationOff"] + ends)
        #expect(server.log.contains("--xmpp-verify none"))
    }
}
