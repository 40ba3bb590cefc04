import TestSupport
import Testing

/// A real server sends a registered component to another one (RFC 6120 §4.9.3.19), which has to prove as much as the
/// first.
@Suite struct SeeOtherHostTests {
    private let first: Prosody
    private let zone: DNSZone
    private let server: APIServerProcess

    init() throws {
        first = try Prosody()
        zone = try DNSZone([.addresses("xmpp1.example.test", ["127.0.0.2"])])
        server = try APIServerProcess(.trusting(dnsServer: zone.address))
        // Where it is sent counts, not where it was configured to go: there the certificate need not name the host.
        try server.configure(["serverAddressOverride": "localhost:\(first.mutualPort)"])
        try server.waitUntilConnected()
    }

    private func redirect(to address: String) throws {
        let namespace = "urn:ietf:params:xml:ns:xmpp-streams"
        try first.closeStream(
            of: "cb1",
            with: #"require("util.stanza").stanza("stream:error"):tag("see-other-host", { xmlns = "\#(namespace)" })"#
                + #":text(" \#(address) "):up()"#)
        try server.expectLostConnection("streamError")
        #expect(server.logLines.contains { $0.contains(["see-other-host", "It names \(address)."]) })
    }

    @Test func `the component goes there at once, and after the next loss where it was configured to go`() throws {
        let second = try Prosody(addresses: ["127.0.0.2"])
        try redirect(to: "xmpp1.example.test:\(second.mutualPort)")
        let status = try server.waitForStatus { status in
            status.state == "connected" && status.server == "xmpp1.example.test:\(second.mutualPort)"
        }
        #expect(status.address == "127.0.0.2:\(second.mutualPort)")
        #expect(status.tls?.mutual == true)
        second.stop()
        try second.restart()
        try server.waitForStatus { $0.state == "connected" && $0.server == "localhost:\(first.mutualPort)" }
    }

    @Test(arguments: [ServerCertificate.good, .domainOnly, .hostOnly, .otherAuthority])
    func `a server that cannot prove its name and the domain is none to go to`(certificate: ServerCertificate) throws {
        let second = try Prosody(certificate: certificate, addresses: ["127.0.0.2"])
        // `good` names xmpp1, not its address.
        let host = certificate == .good ? "127.0.0.2" : "xmpp1.example.test"
        try redirect(to: "\(host):\(second.mutualPort)")
        let reason =
            switch certificate {
            case .hostOnly: "certificateDomainMismatch"
            case .otherAuthority: "certificateUntrusted"
            default: "certificateHostMismatch"
            }
        try server.process.waitForLog(containing: "failed_step=tlsHandshake")
        #expect(server.logLines.contains { $0.contains(["failed_step=tlsHandshake", "reason=\(reason) ", host]) })
        // The attempt after that goes home.
        try server.waitForStatus { $0.state == "connected" && $0.server == "localhost:\(first.mutualPort)" }
        #expect(!second.log.contains("External component successfully authenticated"))
    }
}
