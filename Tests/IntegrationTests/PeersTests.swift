import Foundation
import Glibc
import Testing
import TestSupport

/// The servers that the other integration tests rely on: each starts, answers as itself, and ends.
///
/// One at a time: they are heavy, and a test that reads "nobody listens" must be right.
@Suite(.serialized)
struct PeersTests {
    private static let header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
        + "xmlns:stream='http://etherx.jabber.org/streams' to='cb1.example.test'>"

    // MARK: XMPP servers

    @Test func `Prosody answers a component on its plain port`() throws {
        let prosody = try Prosody()
        #expect(try plainAnswer(on: prosody.plainPort).contains("id="))
        prosody.stop()
        #expect(prosody.process.exit == .code(0))
        #expect(prosody.log.contains("cb1.example.test"))
    }

    @Test func `Prosody takes a component over TLS, without and with a client certificate`() throws {
        let prosody = try Prosody()
        #expect(try tlsAnswer(on: prosody.port).contains("<stream:stream"))
        #expect(try tlsAnswer(on: prosody.mutualPort, client: .callbridge).contains("<stream:stream"))
    }

    @Test func `Prosody's mutual port refuses a client without a good certificate`() throws {
        let prosody = try Prosody()
        #expect(try tlsRefusal(on: prosody.mutualPort, client: nil).contains("certificate required"))
        #expect(try tlsRefusal(on: prosody.mutualPort, client: .callbridgeOther).contains("unknown ca"))
        // Prosody judges a client's certificate as if it were a server's.
        #expect(
            try tlsRefusal(on: prosody.mutualPort, client: .callbridgeClientOnly).contains("unsupported certificate"))
    }

    @Test func `Prosody shows the certificate it was given, and another after a restart`() throws {
        let prosody = try Prosody(certificate: .foreignNames)
        #expect(try namesShown(on: prosody.port).contains("DNS:unrelated.test"))
        let firstID = prosody.process.processID
        try prosody.restart(certificate: .hostOnly)
        #expect(prosody.process.processID != firstID)
        #expect(try namesShown(on: prosody.port).contains("DNS:xmpp1.example.test"))
    }

    @Test func `Two ejabberd answer components side by side, and restart`() throws {
        let first = try Ejabberd()
        let second = try Ejabberd(certificate: .domainOnly)
        for server in [first, second] {
            #expect(try plainAnswer(on: server.plainPort).contains("from='cb1.example.test'"))
            #expect(try tlsAnswer(on: server.port, client: .callbridge).contains("<stream:stream"))
        }
        try first.restart()
        #expect(try plainAnswer(on: first.plainPort).contains("from='cb1.example.test'"))
        first.stop()
        second.stop()
        #expect(first.process.exit == .code(0))
        #expect(throws: HTTPClient.Failure.self) { try HTTPClient(port: first.port).raw([0]) }
    }

    // MARK: TLS front ends

    @Test func `haproxy and stunnel lead to the plain port, and end`() throws {
        let prosody = try Prosody()
        let haproxy = try HAProxy(backend: prosody.plainPort)
        let stunnel = try Stunnel(backend: prosody.plainPort)
        for port in [haproxy.port, stunnel.port] {
            #expect(try tlsAnswer(on: port, client: .callbridge).contains("<stream:stream"))
            #expect(try tlsRefusal(on: port, client: nil).contains("certificate required"))
            #expect(try tlsRefusal(on: port, client: .callbridgeOther).contains("unknown ca"))
        }
        haproxy.stop()
        stunnel.stop()
        for port in [haproxy.port, stunnel.port] {
            #expect(throws: HTTPClient.Failure.self) { try HTTPClient(port: port).raw([0]) }
        }
    }

    @Test func `A silent listener neither takes nor refuses a connection`() throws {
        for family in SilentListener.Family.allCases {
            let listener = try SilentListener(family)
            let host = family == .v4 ? "127.0.0.1" : "::1"
            #expect(throws: HTTPClient.Failure.self) {
                try HTTPClient(host: host, port: listener.port, timeout: .milliseconds(300)).raw([0])
            }
        }
    }

    // MARK: Bare TLS

    @Test func `A bare TLS server says what it is told to and logs what it gets`() throws {
        let server = try OpenSSLServer(clientCertificate: .required)
        let client = try tlsClient(
            on: server.port, client: .callbridge, input: .open, in: ScratchDirectory("s_client"))
        try client.send(Array(Self.header.utf8))
        try server.process.waitForLog(containing: "jabber:component:accept")
        try server.send("spoken by the test")
        try client.waitForLog(containing: "spoken by the test")
    }

    @Test(arguments: ServerCertificate.allCases)
    func `OpenSSL judges the chain of each server certificate as meant`(certificate: ServerCertificate) throws {
        let pki = try TestPKI.shared()
        let scratch = try ScratchDirectory()
        let arguments = [
            "verify", "-CAfile", pki.authority, "-CRLfile", pki.revocationList, "-crl_check", "-purpose", "sslserver",
            pki.server(certificate).certificate,
        ]
        let accepted = (try? Program.openssl.run(arguments, in: scratch)) != nil
        let bad: Set<ServerCertificate> = [
            .clientPurpose, .otherAuthority, .selfSigned, .expired, .notYetValid, .revoked,
        ]
        #expect(accepted == !bad.contains(certificate))
    }

    // MARK: DNS

    @Test func `The DNS zone answers what it was given, and nothing else`() throws {
        let zone = try DNSZone([
            .component(of: "example.test", at: "xmpp1.example.test", port: 5223, priority: 10, weight: 60),
            .component(of: "example.test", at: "xmpp2.example.test", port: 5224, priority: 20),
            .srvNotOffered("_xmpp-component._tcp.dot.test"),
            .addresses("xmpp1.example.test", ["127.0.0.1", "::1"]),
        ])
        let probe = DNSProbe(port: zone.port)
        #expect(try probe.ask("_xmpp-component._tcp.example.test", type: 33) == .init(code: 0, answers: 2))
        #expect(try probe.ask("_xmpp-component._tcp.dot.test", type: 33) == .init(code: 0, answers: 1))
        #expect(try probe.ask("xmpp1.example.test", type: 1) == .init(code: 0, answers: 1))
        #expect(try probe.ask("xmpp1.example.test", type: 28) == .init(code: 0, answers: 1))
        #expect(try probe.ask("nobody.test", type: 1) == .init(code: 3, answers: 0))
        #expect(try probe.ask("example.org", type: 1) == .init(code: 3, answers: 0))

        try zone.replace(with: [.addresses("nobody.test", ["127.0.0.9"])])
        #expect(try probe.ask("nobody.test", type: 1) == .init(code: 0, answers: 1))
        #expect(zone.log.contains("nobody.test"))
        zone.stop()
        #expect(zone.process.exit == .code(0))
    }

    // MARK: Asking them

    private func plainAnswer(on port: UInt16) throws -> String {
        let client = HTTPClient(port: port)
        try client.raw(Array(Self.header.utf8))
        var answer = ""
        while !answer.contains("id=") {
            let part = try client.readSome()
            try #require(!part.isEmpty, "closed after \(answer)")
            answer += String(decoding: part, as: UTF8.self)
        }
        return answer
    }

    /// What `openssl s_client` prints until the server's stream header has come.
    private func tlsAnswer(on port: UInt16, client certificate: ClientCertificate? = nil) throws -> String {
        let scratch = try ScratchDirectory("s_client")
        let header = try scratch.write(Self.header, to: "header")
        let process = try tlsClient(on: port, client: certificate, input: .file(header), in: scratch)
        try process.waitForLog(containing: "<stream:stream")
        process.stop()
        return process.log
    }

    /// What `openssl s_client` prints until the server has closed the connection.
    ///
    /// It says nothing itself: the reset that answers data sent too late can overtake the server's alert.
    private func tlsRefusal(on port: UInt16, client certificate: ClientCertificate?) throws -> String {
        let process = try tlsClient(on: port, client: certificate, input: .open, in: ScratchDirectory("s_client"))
        try process.waitForExit()
        return process.log
    }

    private func tlsClient(
        on port: UInt16, client certificate: ClientCertificate?, input: ServerProcess.Input,
        in scratch: ScratchDirectory
    ) throws -> ServerProcess {
        let pki = try TestPKI.shared()
        var arguments = [
            "s_client", "-quiet", "-ign_eof", "-connect", "127.0.0.1:\(port)", "-servername", "example.test",
            "-CAfile", pki.authority, "-verify_return_error",
        ]
        if let certificate {
            let files = pki.client(certificate)
            arguments += ["-cert", files.certificate, "-key", files.key]
        }
        return try ServerProcess(
            "openssl s_client", .init(try Program.openssl.path(), arguments, input: input), in: scratch)
    }

    private func namesShown(on port: UInt16) throws -> String {
        let scratch = try ScratchDirectory("names")
        let shown = try Program.openssl.run(
            ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "example.test"], in: scratch)
        let file = try scratch.write(shown, to: "shown")
        return try Program.openssl.run(["x509", "-in", file, "-noout", "-ext", "subjectAltName"], in: scratch)
    }
}
