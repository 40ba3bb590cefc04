import TestSupport
import Testing

/// A server that wants our certificate, and does not like what it gets.
///
/// Under TLS 1.3 it says so after the handshake has succeeded on our side, under TLS 1.2 in the middle of it. A missing
/// and a foreign one under TLS 1.3: `FailureReasonTests`, `FrontEndTests`.
@Suite struct ClientCertificateTests {
    /// Whose TLS it is.
    enum Kind: String, CaseIterable, Sendable {
        case prosody, haproxy, stunnel
    }

    /// What is wrong with our certificate.
    enum Fault: String, CaseIterable, Sendable {
        case missing, foreign, wrongPurpose
    }

    /// A server that requires a certificate, with Prosody behind it.
    private final class Server {
        let kind: Kind
        let prosody: Prosody
        let port: UInt16
        private let frontEnd: [AnyObject]

        init(_ kind: Kind, newestVersion: String) throws {
            self.kind = kind
            prosody = try Prosody(newestVersion: newestVersion)
            switch kind {
            case .prosody:
                port = prosody.mutualPort
                frontEnd = []
            case .haproxy:
                let haproxy = try HAProxy(backend: prosody.plainPort, newestVersion: newestVersion)
                port = haproxy.port
                frontEnd = [haproxy]
            case .stunnel:
                let stunnel = try Stunnel(backend: prosody.plainPort, newestVersion: newestVersion)
                port = stunnel.port
                frontEnd = [stunnel]
            }
        }

        /// The certificate that it refuses for the fault.
        func certificate(_ fault: Fault) -> ClientCertificate? {
            switch fault {
            case .missing: nil
            case .foreign: .callbridgeOther
            // Prosody judges a client's certificate as if it were a server's.
            case .wrongPurpose: kind == .prosody ? .callbridgeClientOnly : .callbridgeServerOnly
            }
        }
    }

    private func expectRefusal(_ kind: Kind, _ fault: Fault, _ version: String) throws {
        let peer = try Server(kind, newestVersion: version)
        let server = try APIServerProcess(.trusting(showing: peer.certificate(fault)))
        try server.configure(["serverAddressOverride": "localhost:\(peer.port)"])
        let failure = try server.waitForFailure()
        failure.expect(
            "tlsHandshake", "clientCertificateRejected",
            mentions: [fault == .missing ? "none is configured" : "refused our certificate"])
        #expect(!server.log.contains("state=connected"))
        #expect(!peer.prosody.log.contains("External component successfully authenticated"))
    }

    @Test(arguments: Kind.allCases, Fault.allCases) func `it is refused under TLS 1_2`(kind: Kind, fault: Fault) throws
    {
        try expectRefusal(kind, fault, "TLSv1.2")
    }

    @Test(arguments: Kind.allCases) func `one for another purpose is refused under TLS 1_3`(kind: Kind) throws {
        try expectRefusal(kind, .wrongPurpose, "TLSv1.3")
    }

    @Test(arguments: Kind.allCases) func `a good one is taken under TLS 1_2`(kind: Kind) throws {
        let peer = try Server(kind, newestVersion: "TLSv1.2")
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(peer.port)"])
        let status = try server.waitUntilConnected()
        #expect(status.tls?.version == "TLSv1.2")
        #expect(status.tls?.mutual == true)
    }

    /// Which is why the certificate of a Call Bridge should be for both.
    @Test func `Prosody judges it as if it were a server's and takes one for servers only`() throws {
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting(showing: .callbridgeServerOnly))
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        #expect(try server.waitUntilConnected().tls?.mutual == true)
    }
}
