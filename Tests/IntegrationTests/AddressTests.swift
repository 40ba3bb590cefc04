import TestSupport
import Testing

/// IPv4 and IPv6, by literal and by name, with addresses that are dead.
@Suite struct AddressTests {
    private func connected(_ records: [DNSZone.Record], _ address: String) throws -> ConnectionStatus {
        let zone = try DNSZone(records)
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure(["serverAddressOverride": address])
        return try server.waitUntilConnected()
    }

    @Test func `a server on an IPv6 address is found by its literal with a port`() throws {
        let prosody = try Prosody(addresses: ["::1"])
        let status = try connected([], "[::1]:\(prosody.mutualPort)")
        #expect(status.address == "[::1]:\(prosody.mutualPort)")
        #expect(status.server == "[::1]:\(prosody.mutualPort)")
        #expect(status.tls?.mutual == true)
    }

    @Test func `a name with an AAAA record alone will do`() throws {
        let prosody = try Prosody(addresses: ["::1"])
        let status = try connected(
            [.addresses("xmpp1.example.test", ["::1"])], "xmpp1.example.test:\(prosody.port)")
        #expect(status.address == "[::1]:\(prosody.port)")
    }

    @Test func `an SRV target with an AAAA record alone will do`() throws {
        let prosody = try Prosody(addresses: ["::1"])
        let status = try connected(
            [
                .component(of: "example.test", at: "xmpp1.example.test", port: prosody.port),
                .addresses("xmpp1.example.test", ["::1"]),
            ], "")
        #expect(status.address == "[::1]:\(prosody.port)")
        #expect(status.source == "srv")
    }

    @Test func `IPv6 is preferred where both work`() throws {
        let prosody = try Prosody(addresses: ["127.0.0.1", "::1"])
        let status = try connected(
            [.addresses("xmpp1.example.test", ["127.0.0.1", "::1"])], "xmpp1.example.test:\(prosody.port)")
        #expect(status.address == "[::1]:\(prosody.port)")
    }

    @Test func `an IPv6 address without a route gives way to IPv4`() throws {
        try TestNetwork.requireOwn()
        let prosody = try Prosody()
        let status = try connected(
            [.addresses("xmpp1.example.test", [TestNetwork.unreachable.v6, "127.0.0.1"])],
            "xmpp1.example.test:\(prosody.port)")
        #expect(status.address == "127.0.0.1:\(prosody.port)")
        #expect(status.lastFailure == nil)
    }

    @Test func `an IPv6 address that swallows everything gives way to IPv4`() throws {
        let prosody = try Prosody()
        let silent = try SilentListener(.v6, port: prosody.port)
        let status = try connected(
            [.addresses("xmpp1.example.test", ["::1", "127.0.0.1"])], "xmpp1.example.test:\(prosody.port)")
        #expect(status.address == "127.0.0.1:\(prosody.port)")
        #expect(status.attempts == 0)
        #expect(status.lastFailure == nil)
        silent.stop()
    }

    @Test func `an address that refuses gives way to the next of its kind`() throws {
        let prosody = try Prosody()
        let status = try connected(
            [.addresses("xmpp1.example.test", ["127.0.0.2", "127.0.0.3", "127.0.0.1"])],
            "xmpp1.example.test:\(prosody.port)")
        #expect(status.address == "127.0.0.1:\(prosody.port)")
    }

    @Test(arguments: [
        [TestNetwork.unreachable.v4], [TestNetwork.unreachable.v6],
        [TestNetwork.unreachable.v6, TestNetwork.unreachable.v4],
    ]) func `addresses without a route are unreachable`(addresses: [String]) throws {
        try TestNetwork.requireOwn()
        let zone = try DNSZone([.addresses("xmpp1.example.test", addresses)])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure(["serverAddressOverride": "xmpp1.example.test"])
        try server.waitForFailure().expect("tcpConnect", "networkUnreachable", mentions: [addresses[0], "5223"])
    }
}
