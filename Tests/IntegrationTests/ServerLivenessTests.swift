import TestSupport
import Testing

/// A connection that looks alive and is not: noticed by pings within the interval and 20 s, and healed.
@Suite struct ServerLivenessTests {
    private let prosody: Prosody
    private let server: APIServerProcess

    init() throws {
        prosody = try Prosody()
        server = try APIServerProcess(.trusting(further: ["--ping-interval", "1"]))
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
    }

    /// The stream stays open, and the server answers pings to itself; the component is gone.
    @Test func `a component that the server has forgotten is registered anew`() throws {
        let before = try server.status().since
        try prosody.shell(#"module:reload("component", "cb1.example.test")"#)
        try server.expectLostConnection("componentUnroutable")
        let after = try server.waitUntilConnected()
        #expect(after.since != before)
    }

    @Test func `a host that was deactivated is noticed, and used again when it is back`() throws {
        try prosody.shell(#"host:deactivate("cb1.example.test")"#)
        try server.process.waitForLog(containing: "failed_step=connected", within: .seconds(40))
        let failure = try server.waitForStatus(within: .seconds(40)) { $0.lastFailure?.step == "registration" }
        #expect(failure.lastFailure?.reason == "unknownComponent")
        try prosody.shell(#"host:activate("cb1.example.test")"#)
        try server.waitUntilConnected(within: .seconds(60))
    }

    @Test func `a server that is frozen is noticed, and used again when it thaws`() throws {
        prosody.process.freeze()
        defer { prosody.process.thaw() }
        try server.expectLostConnection("pingTimedOut")
        prosody.process.thaw()
        try server.waitUntilConnected(within: .seconds(60))
    }

    @Test func `a connection that is well stays as it is`() throws {
        let before = try server.status()
        // The id of a ping ends in its number.
        try prosody.process.waitForLog(containing: "-3'", within: .seconds(20))
        let after = try server.status()
        #expect(after.since == before.since)
        #expect(after.warnings == nil)
    }
}
