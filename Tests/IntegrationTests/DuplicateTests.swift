import TestSupport
import Testing

/// Two connections with one name, as ejabberd allows: stanzas go to one of them at random, answers to pings included.
@Suite struct DuplicateTests {
    @Test func `a stale duplicate is named, without flapping, until it is gone`() throws {
        let ejabberd = try Ejabberd()
        let parameters = [
            "serverAddressOverride": "localhost:\(ejabberd.port)", "sharedSecret": Ejabberd.secret("cb1"),
        ]
        let stale = try APIServerProcess(.trusting())
        try stale.configure(parameters)
        try stale.waitUntilConnected()
        // Its stream stays open, and what is routed there is swallowed.
        stale.process.freeze()

        let server = try APIServerProcess(.trusting(further: ["--ping-interval", "1"]))
        try server.configure(parameters)
        let before = try server.waitUntilConnected()
        #expect(before.warnings == nil)
        let suspicious = try server.waitForStatus(within: .seconds(90)) { $0.warnings == ["duplicateSuspected"] }
        #expect(suspicious.state == "connected")
        try server.process.waitForLog(containing: "warnings=duplicateSuspected")

        stale.kill()
        let after = try server.waitForStatus(within: .seconds(90)) { $0.warnings == nil }
        #expect(after.state == "connected")
        #expect(after.since == before.since, "a new connection would not have mended anything")
        #expect(!server.log.contains("XMPP connection failed"))
    }
}
