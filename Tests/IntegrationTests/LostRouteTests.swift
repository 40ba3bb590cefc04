import TestSupport
import Testing

/// The network between the bridge and the server is gone: not even TCP's acknowledgements come back, and new connections
/// have no way to go.
@Suite struct LostRouteTests {
    /// Of the block for documentation (RFC 5737).
    private static let address = "192.0.2.11"

    @Test func `it is noticed within the interval and twenty seconds, told as what it is, and healed`() throws {
        try TestNetwork.setAddress(Self.address, isThere: true)
        let prosody = try Prosody(addresses: [Self.address])
        let zone = try DNSZone([.addresses("xmpp1.example.test", [Self.address])])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address, further: ["--ping-interval", "1"]))
        try server.configure([
            "uniqueName": "cb2", "sharedSecret": Prosody.secret("cb2"),
            "serverAddressOverride": "xmpp1.example.test:\(prosody.mutualPort)",
        ])
        try server.waitUntilConnected()
        try prosody.process.waitForLog(containing: "-2'")
        try TestNetwork.setAddress(Self.address, isThere: false)
        let start = ContinuousClock.now
        // The kernel gives the connection up 20 s after the first ping too (TCP_USER_TIMEOUT): a tie.
        try server.expectLostConnection("pingTimedOut", "connectionLost")
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        #expect(19.5..<22.5 ~= seconds, "\(seconds) s")
        try server.waitForStatus { $0.lastFailure?.step == "tcpConnect" }.lastFailure?.expect(
            "tcpConnect", "networkUnreachable", mentions: [Self.address])

        try TestNetwork.setAddress(Self.address, isThere: true)
        try server.waitUntilConnected()
        try TestNetwork.setAddress(Self.address, isThere: false)
    }
}
