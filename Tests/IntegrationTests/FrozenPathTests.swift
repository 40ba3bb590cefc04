import TestSupport
import Testing

/// The way to the server goes silent, as behind a firewall that forgets a connection: nothing is closed, nothing comes
/// back. Pings notice, and the connection is made anew when the way is there again.
@Suite struct FrozenPathTests {
    private static let interval = 1
    private let prosody: Prosody
    private let proxy: TCPProxy
    private let server: APIServerProcess

    init() throws {
        prosody = try Prosody()
        proxy = try TCPProxy(to: prosody.mutualPort)
        server = try APIServerProcess(
            .trusting(further: ["--ping-interval", "\(Self.interval)", "--tls-timeout", "1"]))
    }

    /// Registers through the proxy, freezes it, and waits until the bridge has noticed.
    private func loseConnection(as name: String) throws {
        try server.configure([
            "uniqueName": name, "sharedSecret": Prosody.secret(name),
            "serverAddressOverride": "localhost:\(proxy.port)",
        ])
        try server.waitUntilConnected()
        // Pings have gone to and fro: the path is well.
        try prosody.process.waitForLog(containing: "-2'")
        proxy.freeze()
        let start = ContinuousClock.now
        // What the proxy takes is acknowledged, so TCP has nothing to complain of: the reason is never `connectionLost`.
        try server.expectLostConnection("pingTimedOut")
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        // Two unanswered pings of ten seconds each; the first may have been on its way.
        #expect(19.5..<(Double(Self.interval) + 20 + 1.5) ~= seconds, "\(seconds) s")
    }

    @Test func `it is noticed within the interval and twenty seconds, and a server that lets the new one in is healed`()
        throws
    {
        try loseConnection(as: "cb2")
        // TCP is up again soon, for what it is worth: nobody answers behind it.
        try server.waitForStatus { $0.lastFailure?.step == "tlsHandshake" }.lastFailure?.expect(
            "tlsHandshake", "tlsTimedOut")
        proxy.thaw()
        let after = try server.waitUntilConnected()
        #expect(after.jid == "cb2.example.test")
        try prosody.process.waitForLog(containing: "Replaced by a new connection")
    }

    @Test func `a server that holds on to the old connection says that the name is in use until it notices`() throws {
        try loseConnection(as: "cb1")
        proxy.thaw()
        let status = try server.waitForStatus(within: .seconds(40)) { $0.lastFailure?.step == "registration" }
        status.lastFailure?.expect("registration", "nameInUse", mentions: ["an old connection"])
        // Now the server learns that the old connection has gone.
        proxy.closeFrozen()
        try prosody.process.waitForLog(containing: "component disconnected: cb1.example.test")
        try server.waitUntilConnected()
    }
}
