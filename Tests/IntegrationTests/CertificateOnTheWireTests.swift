import Foundation
import TestSupport
import Testing

/// Our certificate names this Call Bridge, so a server that fails the check must not get it. TLS 1.2 sends certificates
/// in the clear: a proxy between the two sees for itself.
@Suite struct CertificateOnTheWireTests {
    /// What both sides have sent to each other before the bridge was done with the server.
    private struct Recording {
        let fromBridge: Data
        let fromServer: Data
    }

    /// Dials a server of TLS 1.2 that shows this certificate and requires ours.
    private func record(
        _ certificate: ServerCertificate, _ body: (APIServerProcess) throws -> Void
    ) throws -> Recording {
        let prosody = try Prosody()
        let frontEnd = try HAProxy(
            backend: prosody.plainPort, certificate: certificate, newestVersion: "TLSv1.2")
        let proxy = try TCPProxy(to: frontEnd.port)
        let zone = try DNSZone([.addresses("xmpp1.example.test", ["127.0.0.1"])])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure(["serverAddressOverride": "xmpp1.example.test:\(proxy.port)"])
        try body(server)
        try server.stop()
        return Recording(fromBridge: Data(proxy.sentByClients), fromServer: Data(proxy.sentByServer))
    }

    /// A PEM file's certificate as it goes over the wire.
    private static func der(_ path: String) throws -> Data {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let body = lines.drop { !$0.hasPrefix("-----BEGIN CERTIFICATE") }.dropFirst().prefix {
            !$0.hasPrefix("-----END")
        }
        return try #require(Data(base64Encoded: body.joined()))
    }

    private static func ours() throws -> Data { try der(TestPKI.shared().client(.callbridge).certificate) }

    private static func theirs(_ certificate: ServerCertificate) throws -> Data {
        try der(TestPKI.shared().server(certificate).certificate)
    }

    @Test func `a server that is the right one gets our certificate`() throws {
        let recording = try record(.good) { server in
            let version = try server.waitUntilConnected().tls?.version
            #expect(version == "TLSv1.2")
        }
        #expect(try recording.fromServer.contains(Self.theirs(.good)))
        #expect(try recording.fromBridge.contains(Self.ours()))
    }

    @Test(arguments: [
        (ServerCertificate.otherAuthority, "certificateUntrusted"), (.selfSigned, "certificateUntrusted"),
        (.clientPurpose, "certificateUntrusted"), (.hostOnly, "certificateDomainMismatch"),
        (.domainOnly, "certificateHostMismatch"), (.foreignNames, "certificateDomainMismatch"),
        (.expired, "certificateExpired"), (.notYetValid, "certificateNotYetValid"),
    ]) func `a server that fails the check never does`(certificate: ServerCertificate, reason: String) throws {
        let recording = try record(certificate) { try $0.waitForFailure().expect("tlsHandshake", reason) }
        // It had come as far as to show its own, and to ask for ours.
        #expect(try recording.fromServer.contains(Self.theirs(certificate)))
        #expect(!recording.fromBridge.isEmpty)
        #expect(try !recording.fromBridge.contains(Self.ours()))
        // Nor its name in any other form, nor anything of XMPP.
        #expect(!recording.fromBridge.contains(Data("cb1.example.test".utf8)))
    }
}
