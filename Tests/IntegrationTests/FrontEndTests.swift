import TestSupport
import Testing

/// A TLS front end before a plain component port: TLS that is up says nothing about the server behind it.
@Suite struct FrontEndTests {
    /// Which program it is.
    enum Kind: String, CaseIterable, Sendable {
        case haproxy, stunnel
    }

    /// A front end that runs.
    private enum FrontEnd {
        case haproxy(HAProxy)
        case stunnel(Stunnel)

        init(_ kind: Kind, backend: UInt16) throws {
            switch kind {
            case .haproxy: self = .haproxy(try HAProxy(backend: backend))
            case .stunnel: self = .stunnel(try Stunnel(backend: backend))
            }
        }

        var address: String {
            switch self {
            case .haproxy(let server): "localhost:\(server.port)"
            case .stunnel(let server): "localhost:\(server.port)"
            }
        }
    }

    @Test(arguments: Kind.allCases) func `the component registers through it with both certificates`(
        kind: Kind
    ) throws {
        let prosody = try Prosody()
        let frontEnd = try FrontEnd(kind, backend: prosody.plainPort)
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": frontEnd.address])
        let status = try server.waitUntilConnected()
        #expect(status.tls?.mutual == true)
        #expect(status.lastFailure == nil)
        // The server's end comes through as well, and so does its return.
        prosody.stop()
        try server.expectLostConnection("connectionLost")
        try prosody.restart()
        try server.waitUntilConnected()
    }

    @Test(arguments: Kind.allCases, [ClientCertificate?.none, .callbridgeOther])
    func `it refuses a client without a certificate that it trusts`(
        kind: Kind, client: ClientCertificate?
    ) throws {
        let prosody = try Prosody()
        let frontEnd = try FrontEnd(kind, backend: prosody.plainPort)
        let server = try APIServerProcess(.trusting(showing: client))
        try server.configure(["serverAddressOverride": frontEnd.address])
        try server.waitForFailure().expect(
            "tlsHandshake", "clientCertificateRejected",
            mentions: [client == nil ? "none is configured" : "refused our certificate"])
        #expect(try server.status().tls == nil)
    }

    @Test(arguments: Kind.allCases) func `with nothing behind it there is no connection, whatever TLS says`(
        kind: Kind
    ) throws {
        let frontEnd = try FrontEnd(kind, backend: FreePorts.reserve())
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": frontEnd.address])
        var states: Set<String> = []
        let status = try server.waitForStatus(within: .seconds(40)) { status in
            states.insert(status.state)
            return status.lastFailure != nil
        }
        let failure = try #require(status.lastFailure)
        #expect(failure.step == "streamOpen", "\(failure)")
        #expect(["connectionLost", "streamTimedOut"].contains(failure.reason), "\(failure)")
        #expect(!states.contains("connected"))
        #expect(!server.log.contains("state=connected"))
    }
}
