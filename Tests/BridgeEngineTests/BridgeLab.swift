import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import BridgeEngine

/// What a bridge needs to meet an XMPP server in this process: an authority, a server certificate, DNS, event loops.
struct BridgeLab {
    let authority: TestCertificateAuthority
    /// Names `example.test` and `xmpp1.example.test`.
    let certificate: TestCertificate
    let tls: TLSTestServer
    let resolver = StubResolver()
    let group = MultiThreadedEventLoopGroup.singleton

    init(validity: TestCertificateValidity = .current) throws {
        authority = try TestCertificateAuthority(name: "Test CA")
        certificate = try authority.issue(
            commonName: "server", names: [.dns("example.test"), .dns("xmpp1.example.test")], validity: validity)
        tls = try TLSTestServer(TLSTestServerOptions(certificate: certificate))
    }

    /// Trusts the authority.
    func material(client: TestCertificate? = nil) throws -> TLSMaterial {
        try TLSMaterial(
            certificateChainPEM: client?.chainPEM, privateKeyPEM: client?.privateKeyPEM,
            trustRootsPEM: authority.certificatePEM)
    }

    /// A bridge with patient limits, or with these options.
    func bridge(
        _ options: BridgeOptions? = nil, material: TLSMaterial? = nil, logins: (any LoginRequestHandler)? = nil,
        on loop: (any EventLoop)? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) throws -> Bridge {
        var patient = BridgeOptions()
        patient.limits = .patientToTheEnd
        return Bridge(
            options: options ?? patient, tls: try material ?? self.material(), resolver: resolver,
            logins: logins, eventLoop: loop ?? group.next(), logger: logger)
    }

    /// Settings for a server on 127.0.0.1.
    func settings(port: UInt16, name: String = "cb1", secret: String = "right") -> BridgeSettings {
        BridgeSettings(
            uniqueName: name, domain: "example.test", serverAddressOverride: ServerAddress("127.0.0.1:\(port)"),
            sharedSecret: Secret(secret))
    }

    /// Waits until the status is as wanted, for three minutes at most.
    func wait(_ bridge: Bridge, until condition: (BridgeStatus) -> Bool) async throws -> BridgeStatus {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let observation = bridge.observe { _ in continuation.yield() }
        let deadline = group.next().scheduleTask(in: .minutes(3)) { continuation.finish() }
        defer {
            observation.cancel()
            deadline.cancel()
        }
        continuation.yield()
        for await _ in changes {
            let status = bridge.status
            if condition(status) { return status }
        }
        Issue.record("the last status was \(bridge.status)")
        return bridge.status
    }
}
