import TestSupport
import Testing

/// Each way to fail has its own step and reason, seen against real servers.
@Suite struct FailureReasonTests {
    private func failure(
        _ options: APIServerProcess.Options, _ parameters: [String: String]
    ) throws -> ConnectionStatus.Failure {
        let server = try APIServerProcess(options)
        try server.configure(parameters)
        let status = try server.waitForStatus { $0.state == "waiting" }
        #expect(status.attempts == 1)
        #expect(status.nextAttemptAt != nil)
        return try #require(status.lastFailure)
    }

    @Test func `a wrong secret`() throws {
        let prosody = try Prosody()
        let failure = try failure(
            .trusting(), ["serverAddressOverride": "localhost:\(prosody.port)", "sharedSecret": "wrong"])
        failure.expect("registration", "notAuthorized", mentions: ["cb1.example.test"])
    }

    @Test func `an unknown component`() throws {
        let prosody = try Prosody()
        let failure = try failure(
            .trusting(), ["serverAddressOverride": "localhost:\(prosody.port)", "uniqueName": "nobody"])
        failure.expect("registration", "unknownComponent", mentions: ["nobody.example.test"])
    }

    @Test func `a name that is in use`() throws {
        let prosody = try Prosody()
        let first = try APIServerProcess(.trusting())
        try first.configure(["serverAddressOverride": "localhost:\(prosody.port)"])
        try first.waitUntilConnected()
        let failure = try failure(.trusting(), ["serverAddressOverride": "localhost:\(prosody.port)"])
        failure.expect("registration", "nameInUse", mentions: ["already connected"])
        #expect(try first.status().state == "connected")
    }

    @Test func `a closed port`() throws {
        let port = try FreePorts.reserve()
        let failure = try failure(.trusting(), ["serverAddressOverride": "127.0.0.1:\(port)"])
        failure.expect("tcpConnect", "connectionRefused", mentions: ["127.0.0.1:\(port)"])
    }

    @Test func `a host that does not exist`() throws {
        let zone = try DNSZone([])
        let failure = try failure(
            .trusting(dnsServer: zone.address), ["serverAddressOverride": "nowhere.example.test"])
        failure.expect("addressLookup", "hostNotFound", mentions: ["nowhere.example.test"])
    }

    @Test func `a domain that DNS does not know`() throws {
        let zone = try DNSZone([])
        let failure = try failure(.trusting(dnsServer: zone.address), [:])
        failure.expect("srvLookup", "dnsNotFound", mentions: ["_xmpp-component._tcp.example.test"])
    }

    @Test func `a DNS server that does not answer`() throws {
        let zone = try DNSZone([])
        zone.process.freeze()
        defer { zone.process.thaw() }
        let failure = try failure(.trusting(dnsServer: zone.address), [:])
        failure.expect("srvLookup", "dnsTimeout")
    }

    @Test func `a DNS server that does not answer for a host`() throws {
        let zone = try DNSZone([])
        zone.process.freeze()
        defer { zone.process.thaw() }
        let failure = try failure(
            .trusting(dnsServer: zone.address), ["serverAddressOverride": "xmpp1.example.test"])
        failure.expect("addressLookup", "dnsTimeout", mentions: ["xmpp1.example.test"])
    }

    @Test func `a closed DNS port for a host`() throws {
        let failure = try failure(
            .trusting(dnsServer: "127.0.0.1:\(FreePorts.reserve())"), ["serverAddressOverride": "xmpp1.example.test"])
        failure.expect("addressLookup", "dnsServerFailure", mentions: ["xmpp1.example.test"])
    }

    @Test func `a closed DNS port`() throws {
        let failure = try failure(.trusting(dnsServer: "127.0.0.1:\(FreePorts.reserve())"), [:])
        failure.expect("srvLookup", "dnsServerFailure")
    }

    @Test func `an SRV target of a dot`() throws {
        let zone = try DNSZone([.srvNotOffered("_xmpp-component._tcp.example.test")])
        let failure = try failure(.trusting(dnsServer: zone.address), [:])
        failure.expect("srvLookup", "dnsServiceNotOffered", mentions: ["_xmpp-component._tcp.example.test"])
    }

    @Test func `a server that speaks XMPP without TLS`() throws {
        let prosody = try Prosody()
        let failure = try failure(.trusting(), ["serverAddressOverride": "localhost:\(prosody.plainPort)"])
        failure.expect("tlsHandshake", "notTLS", mentions: ["XMPP"])
    }

    @Test func `a host that the server has no certificate for`() throws {
        let prosody = try Prosody()
        let failure = try failure(
            .trusting(), ["serverAddressOverride": "localhost:\(prosody.port)", "domain": "stranger.test"])
        failure.expect("tlsHandshake", "serverNameRejected", mentions: ["stranger.test"])
    }

    @Test func `a component port of ejabberd without TLS`() throws {
        let ejabberd = try Ejabberd()
        let failure = try failure(.trusting(), ["serverAddressOverride": "localhost:\(ejabberd.plainPort)"])
        failure.expect("tlsHandshake", "notTLS", mentions: ["XMPP"])
    }

    @Test(arguments: [
        (ClientCertificate?.none, "none is configured"), (.callbridgeOther, "unknown_ca"),
        // Prosody judges a client's certificate as if it were a server's.
        (.callbridgeClientOnly, "unsupported_certificate"),
    ]) func `a server that wants a certificate and gets none that will do`(
        client: ClientCertificate?, words: String
    ) throws {
        let prosody = try Prosody()
        let failure = try failure(
            .trusting(showing: client), ["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        failure.expect("tlsHandshake", "clientCertificateRejected", mentions: [words])
    }

    @Test(arguments: [
        (["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "neither TLS 1.2 nor 1.3"),
        (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], "handshake_failure"),
    ]) func `a TLS server with which nothing can be agreed`(options: [String], words: String) throws {
        let peer = try OpenSSLServer(options: options)
        let failure = try failure(.trusting(), ["serverAddressOverride": "localhost:\(peer.port)"])
        failure.expect("tlsHandshake", "tlsFailed", mentions: [words])
    }

    @Test func `the older of the two TLS versions will do`() throws {
        let prosody = try Prosody()
        let frontEnd = try HAProxy(backend: prosody.plainPort, newestVersion: "TLSv1.2")
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(frontEnd.port)"])
        #expect(try server.waitUntilConnected().tls?.version == "TLSv1.2")
    }

    @Test func `a client certificate that is missing under TLS 1_2`() throws {
        let prosody = try Prosody()
        let frontEnd = try HAProxy(backend: prosody.plainPort, newestVersion: "TLSv1.2")
        let failure = try failure(.trusting(showing: nil), ["serverAddressOverride": "localhost:\(frontEnd.port)"])
        failure.expect("tlsHandshake", "clientCertificateRejected", mentions: ["none is configured"])
    }

    /// The limits of the steps are ten seconds, so these wait together.
    @Test func `each step that takes too long is named`() throws {
        let silent = try SilentListener(.v4)
        let frozen = try Prosody()
        frozen.process.freeze()
        let mute = try OpenSSLServer()
        let undecided = try OpenSSLServer()
        let rows: [(port: UInt16, step: String, reason: String)] = [
            (silent.port, "tcpConnect", "connectionTimedOut"),
            (frozen.port, "tlsHandshake", "tlsTimedOut"), (mute.port, "streamOpen", "streamTimedOut"),
            (undecided.port, "registration", "registrationTimedOut"),
        ]
        let servers = try rows.map { row in
            let server = try APIServerProcess(.trusting())
            try server.configure(["serverAddressOverride": "127.0.0.1:\(row.port)"])
            return server
        }
        try undecided.process.waitForLog(containing: "to='cb1.example.test'>")
        try undecided.send(
            "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1'>")
        for (row, server) in zip(rows, servers) {
            let failure = try server.waitForFailure()
            failure.expect(row.step, row.reason, mentions: ["127.0.0.1:\(row.port)", "within 10 s"])
        }
    }
}
