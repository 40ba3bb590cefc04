import TestSupport
import Testing

/// `--xmpp-crl-file`: the certificate of a real Prosody against revocation lists.
@Suite struct RevocationTests {
    private let pki: TestPKI

    init() throws {
        pki = try TestPKI.shared()
    }

    /// Meets a Prosody that shows the certificate, with these lists.
    private func meet(
        _ certificate: ServerCertificate = .good, lists: String, _ body: (APIServerProcess) throws -> Void
    ) throws {
        let prosody = try Prosody(certificate: certificate)
        let server = try APIServerProcess(.trusting(further: ["--xmpp-crl-file", lists]))
        try server.configure(["serverAddressOverride": "127.0.0.1:\(prosody.port)"])
        try body(server)
        prosody.stop()
    }

    @Test func `a certificate that is not on the list is accepted`() throws {
        try meet(lists: pki.revocationList) { server in
            let status = try server.waitUntilConnected()
            #expect(status.lastFailure == nil)
        }
    }

    @Test func `a certificate that is on the list is refused`() throws {
        try meet(.revoked, lists: pki.revocationList) { server in
            try server.waitForFailure().expect("tlsHandshake", "certificateRevoked", mentions: ["has been revoked"])
        }
    }

    @Test func `without the issuer's list nothing is trusted, and the detail says so`() throws {
        try meet(lists: pki.otherRevocationList) { server in
            try server.waitForFailure().expect(
                "tlsHandshake", "certificateUntrusted", mentions: ["there is no revocation list of CN=Test CA"])
        }
    }

    @Test func `with an outdated list nothing is trusted, and the detail says since when`() throws {
        try meet(lists: pki.outdatedRevocationList) { server in
            try server.waitForFailure().expect(
                "tlsHandshake", "certificateUntrusted",
                mentions: ["the revocation list of CN=Test CA is outdated", "was due on 20"])
        }
    }
}
