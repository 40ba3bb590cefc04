import TestSupport
import Testing

/// Each way to fail has its own step and reason, seen against real servers.
@Suite struct FailureReasonTests {
    private func failure(
        _ options: APIServerProcess.Options, _ parameters: [String: String]
    ) throws -> ConnectionStatus.Failure {
        let server = try APIServerProcess(options)
        let values = [
            "uniqueName": "cb1", "domain": "example.test", "sharedSecret": Prosody.secret("cb1"),
        ].merging(parameters) { $1 }
        #expect(try server.put(values).status == 200)
        let status = try server.waitForStatus { $0.state == "waiting" }
        #expect(status.attempts == 1)
        #expect(status.nextAttemptAt != nil)
        return try #require(status.lastFailure)
    }

    private func expect(
        _ failure: ConnectionStatus.Failure, _ step: String, _ reason: String, mentions words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(failure.step == step, sourceLocation: sourceLocation)
        #expect(failure.reason == reason, sourceLocation: sourceLocation)
        for word in words {
            #expect(failure.detail.contains(word), "\(failure.detail)", sourceLocation: sourceLocation)
        }
    }

    @Test func `a wrong secret`() throws {
        let prosody = try Prosody()
        let failure = try failure(
            .trusting(), ["serverAddressOverride": "localhost:\(prosody.port)", "sharedSecret": "wrong"])
        expect(failure, "registration", "notAuthorized", mentions: "cb1.example.test")
    }

    @Test func `an unknown component`() throws {
        let prosody = try Prosody()
        let failure = try failure(
            .trusting(), ["serverAddressOverride": "localhost:\(prosody.port)", "uniqueName": "nobody"])
        expect(failure, "registration", "unknownComponent", mentions: "nobody.example.test")
    }

    @Test func `a name that is in use`() throws {
        let prosody = try Prosody()
        let first = try APIServerProcess(.trusting())
        try first.put([
            "uniqueName": "cb1", "domain": "example.test", "sharedSecret": Prosody.secret("cb1"),
            "serverAddressOverride": "localhost:\(prosody.port)",
        ])
        try first.waitForStatus { $0.state == "connected" }
        let failure = try failure(.trusting(), ["serverAddressOverride": "localhost:\(prosody.port)"])
        expect(failure, "registration", "nameInUse", mentions: "already connected")
        #expect(try first.status().state == "connected")
    }

    @Test func `a closed port`() throws {
        let port = try FreePorts.reserve()
        let failure = try failure(.trusting(), ["serverAddressOverride": "127.0.0.1:\(port)"])
        expect(failure, "tcpConnect", "connectionRefused", mentions: "127.0.0.1:\(port)")
    }

    @Test func `a host that does not exist`() throws {
        let zone = try DNSZone([])
        let failure = try failure(
            .trusting(dnsServer: zone.address), ["serverAddressOverride": "nowhere.example.test"])
        expect(failure, "addressLookup", "hostNotFound", mentions: "nowhere.example.test")
    }

    @Test func `a domain that DNS does not know`() throws {
        let zone = try DNSZone([])
        let failure = try failure(.trusting(dnsServer: zone.address), [:])
        expect(failure, "srvLookup", "dnsNotFound", mentions: "_xmpp-component._tcp.example.test")
    }

    @Test func `a DNS server that does not answer`() throws {
        let zone = try DNSZone([])
        zone.process.freeze()
        defer { zone.process.thaw() }
        let failure = try failure(.trusting(dnsServer: zone.address), [:])
        expect(failure, "srvLookup", "dnsTimeout")
    }

    @Test func `a closed DNS port`() throws {
        let failure = try failure(.trusting(dnsServer: "127.0.0.1:\(FreePorts.reserve())"), [:])
        expect(failure, "srvLookup", "dnsServerFailure")
    }

    @Test func `an SRV target of a dot`() throws {
        let zone = try DNSZone([.srvNotOffered("_xmpp-component._tcp.example.test")])
        let failure = try failure(.trusting(dnsServer: zone.address), [:])
        expect(failure, "srvLookup", "dnsServiceNotOffered", mentions: "_xmpp-component._tcp.example.test")
    }

    @Test func `a server that speaks XMPP without TLS`() throws {
        let prosody = try Prosody()
        let failure = try failure(.trusting(), ["serverAddressOverride": "localhost:\(prosody.plainPort)"])
        expect(failure, "tlsHandshake", "notTLS", mentions: "XMPP")
    }

    @Test func `a host that the server has no certificate for`() throws {
        let prosody = try Prosody()
        let failure = try failure(
            .trusting(), ["serverAddressOverride": "localhost:\(prosody.port)", "domain": "stranger.test"])
        expect(failure, "tlsHandshake", "serverNameRejected", mentions: "stranger.test")
    }

    @Test func `a server that wants a certificate and gets none`() throws {
        let prosody = try Prosody()
        let failure = try failure(
            .trusting(showing: nil), ["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        expect(failure, "tlsHandshake", "clientCertificateRejected")
    }

    /// The rows of the identity table that this API server can meet, each with a real TLS server of that certificate.
    @Test(arguments: [
        (ServerCertificate.domainOnly, "certificateHostMismatch", "xmpp1.example.test"),
        (.hostOnly, "certificateDomainMismatch", "example.test"),
        (.commonNameOnly, "certificateDomainMismatch", "xmpp1.example.test"),
        (.otherAuthority, "certificateUntrusted", ""),
        (.selfSigned, "certificateUntrusted", ""),
        (.expired, "certificateExpired", ""),
    ]) func `a certificate that does not do`(certificate: ServerCertificate, reason: String, mentioned: String) throws {
        let prosody = try Prosody(certificate: certificate)
        let zone = try DNSZone([.addresses("xmpp1.example.test", ["127.0.0.1"])])
        let failure = try failure(
            .trusting(dnsServer: zone.address),
            ["serverAddressOverride": "xmpp1.example.test:\(prosody.port)"])
        expect(failure, "tlsHandshake", reason)
        #expect(mentioned.isEmpty || failure.detail.contains(mentioned), "\(failure.detail)")
    }
}
