import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import BridgeEngine

@Suite struct `The server's certificate` {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var commonName: String?
        var names: [TestCertificateName]
        var host: ExpectedIdentity.Host = .name("xmpp1.example.test")
        var reason: FailureReason?

        init(
            _ description: String, _ names: [TestCertificateName], commonName: String? = nil,
            host: ExpectedIdentity.Host = .name("xmpp1.example.test"), _ reason: FailureReason?
        ) {
            testDescription = description
            self.names = names
            self.commonName = commonName
            self.host = host
            self.reason = reason
        }
    }

    static let domain = TestCertificateName.dns("example.test")
    static let host = TestCertificateName.dns("xmpp1.example.test")

    static let rows: [Row] = [
        Row("domain and host", [domain, host], nil),
        Row("domain only", [domain], .certificateHostMismatch),
        Row("host only", [host], .certificateDomainMismatch),
        Row("a wildcard", [.dns("*.example.test")], .certificateDomainMismatch),
        Row("domain and a wildcard", [domain, .dns("*.example.test")], nil),
        Row("domain and a partial wildcard", [domain, .dns("xmpp*.example.test")], .certificateHostMismatch),
        Row("SRVName and host", [.srvName("_xmpp-component.example.test"), host], nil),
        Row("xmppAddr and host", [.xmppAddr("example.test"), host], nil),
        Row("another service's SRVName", [.srvName("_xmpp-client.example.test"), host], .certificateDomainMismatch),
        Row("common name only", [], commonName: "example.test", .certificateDomainMismatch),
        Row("a NUL byte in the name", [.dns("example.test\0.evil.test"), host], .certificateDomainMismatch),
        Row("address", [domain, .ip("192.0.2.1")], host: .address([192, 0, 2, 1]), nil),
        Row("no address", [domain, host], host: .address([192, 0, 2, 1]), .certificateHostMismatch),
        Row("loopback", [domain], host: .loopback, nil),
        Row("loopback without the domain", [host], host: .loopback, .certificateDomainMismatch),
    ]

    @Test(arguments: rows)
    func `must name the domain and the host`(row: Row) throws {
        let lab = try TLSLab()
        let certificate = try lab.authority.issue(commonName: row.commonName, names: row.names)
        let server = try TLSTestServer(TLSTestServerOptions(certificate: certificate))
        let identity = ExpectedIdentity(domain: "example.test", host: row.host)
        let pair = try TLSPair(try lab.material(), server, identity: identity)
        try pair.handshake()
        #expect(pair.recorder.failures.map(\.reason) == (row.reason.map { [$0] } ?? []))
        #expect(pair.recorder.infos.count == (row.reason == nil ? 1 : 0))
        let peerNames = pair.recorder.failures.first.map(\.detail) ?? ""
        if row.testDescription == "common name only" {
            #expect(peerNames.contains("does not name the host xmpp1.example.test"))
        }

        // Names do not count in the other two modes.
        for verification in [TLSVerification.chain, .none] {
            let material = try lab.material(verification: verification)
            let lenient = try TLSPair(material, server, identity: identity)
            try lenient.handshake()
            #expect(lenient.recorder.failures == [])
            #expect(lenient.recorder.infos.count == 1)
        }
    }

    enum Fault: String, Sendable, CaseIterable {
        case otherAuthority, selfSigned, expired, notYetValid, clientUsageOnly, isAuthority, expiredAuthority
        case missingIntermediate, revoked, otherAuthorityAndExpiredAndNameless

        var reason: FailureReason {
            switch self {
            case .otherAuthority, .selfSigned, .clientUsageOnly, .isAuthority, .missingIntermediate,
                .otherAuthorityAndExpiredAndNameless:
                .certificateUntrusted
            case .expired, .expiredAuthority: .certificateExpired
            case .notYetValid: .certificateNotYetValid
            case .revoked: .certificateRevoked
            }
        }

        /// Words of the detail.
        var words: [String] {
            switch self {
            case .otherAuthority: ["its issuer CN=Other CA is not in the trust store"]
            case .selfSigned: ["self-signed"]
            case .expired: ["expired on 2"]
            case .notYetValid: ["not valid before 2"]
            case .clientUsageOnly: ["not allowed for TLS servers"]
            case .isAuthority: ["is a CA's"]
            case .expiredAuthority: ["was issued under CN=Old CA, which expired on 2"]
            case .missingIntermediate: ["its issuer CN=Middle CA is not in the trust store"]
            case .revoked: ["has been revoked"]
            case .otherAuthorityAndExpiredAndNameless:
                ["Other CA", "expired on 2", "domain example.test", "host xmpp1.example.test", "DNS:else.test"]
            }
        }

        /// The alert the server is told, in its OpenSSL's words.
        var alert: String {
            switch self {
            case .otherAuthority, .selfSigned, .missingIntermediate, .otherAuthorityAndExpiredAndNameless: "unknown ca"
            case .expired, .expiredAuthority: "expired"
            case .clientUsageOnly: "unsupported certificate"
            case .isAuthority, .notYetValid: "bad certificate"
            case .revoked: "revoked"
            }
        }

        /// The certificate the server shows and what the client trusts.
        func make() throws -> (TestCertificate, trusted: [UInt8]) {
            let names = TLSPair.names
            let authority = try TestCertificateAuthority(name: "Lab CA")
            let other = try TestCertificateAuthority(name: "Other CA")
            let trusted = authority.certificatePEM
            switch self {
            case .otherAuthority: return (try other.issue(commonName: nil, names: names), trusted)
            case .selfSigned: return (try .selfSigned(commonName: "self", names: names), trusted)
            case .expired: return (try authority.issue(commonName: nil, names: names, validity: .expired), trusted)
            case .notYetValid:
                return (try authority.issue(commonName: nil, names: names, validity: .notYetValid), trusted)
            case .clientUsageOnly:
                return (try authority.issue(commonName: nil, names: names, usages: [.clientAuth]), trusted)
            case .isAuthority:
                return (try authority.issue(commonName: "ca", names: names, isAuthority: true), trusted)
            case .expiredAuthority:
                let old = try TestCertificateAuthority(name: "Old CA", validity: .expired)
                return (try old.issue(commonName: nil, names: names), old.certificatePEM)
            case .missingIntermediate:
                let middle = try authority.issueAuthority(name: "Middle CA")
                let leaf = try middle.issue(commonName: nil, names: names)
                return (leaf.withoutIssuers, trusted)
            case .revoked:
                let leaf = try authority.issue(commonName: nil, names: names)
                return (leaf, trusted + (try authority.revocationList(revoking: [leaf])))
            case .otherAuthorityAndExpiredAndNameless:
                return (
                    try other.issue(commonName: nil, names: [.dns("else.test")], validity: .expired), trusted
                )
            }
        }
    }

    @Test(arguments: Fault.allCases, TLSTestServerOptions.Version.allCases)
    func `is refused for a fault, and the server then never gets ours`(
        fault: Fault, version: TLSTestServerOptions.Version
    ) throws {
        let (certificate, trusted) = try fault.make()
        let clients = try TestCertificateAuthority(name: "Client CA")
        let ours = try clients.issue(commonName: "bridge", usages: [.clientAuth])
        let server = try TLSTestServer(
            TLSTestServerOptions(
                certificate: certificate, clientCertificates: .required(clients), newestVersion: version))
        func material(_ verification: TLSVerification) throws -> TLSMaterial {
            try TLSMaterial(
                certificateChainPEM: ours.chainPEM, privateKeyPEM: ours.privateKeyPEM, trustRootsPEM: trusted,
                verification: verification)
        }
        for verification in [TLSVerification.full, .chain] {
            let pair = try TLSPair(try material(verification), server)
            try pair.handshake()
            #expect(pair.recorder.failures.map(\.reason) == [fault.reason])
            #expect(pair.recorder.infos == [])
            let detail = try #require(pair.recorder.failures.first?.detail)
            for word in fault.words where verification == .full { #expect(detail.contains(word)) }
            let visit = try #require(server.visits.last)
            #expect(visit.certificateMessages == 0)
            #expect(visit.failure?.contains(fault.alert) == true)
            #expect(!pair.channel.isActive)
        }
        // Proof that this server would have got it: without a check it does.
        let pair = try TLSPair(try material(.none), server)
        try pair.handshake()
        #expect(pair.recorder.infos.map(\.mutual) == [true])
        #expect(server.visits.last?.certificateMessages == 1)
        #expect(server.visits.last?.clientCommonName == "bridge")
    }

    @Test func `may come with its intermediates, and an intermediate may be what is trusted`() throws {
        let root = try TestCertificateAuthority(name: "Root")
        let middle = try root.issueAuthority(name: "Middle")
        let leaf = try middle.issue(commonName: nil, names: TLSPair.names)
        for (certificate, trusted) in [
            (leaf, root.certificatePEM), (leaf.withoutIssuers, middle.certificatePEM), (leaf, middle.certificatePEM),
        ] {
            let server = try TLSTestServer(TLSTestServerOptions(certificate: certificate))
            let material = try TLSMaterial(certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: trusted)
            let pair = try TLSPair(material, server)
            try pair.handshake()
            #expect(pair.recorder.failures == [])
            #expect(pair.recorder.infos.count == 1)
        }
    }

    @Test func `is good where the revocation list does not have it, or is another issuer's`() throws {
        let lab = try TLSLab()
        let other = try TestCertificateAuthority(name: "Other CA")
        let neighbour = try lab.authority.issue(commonName: "neighbour")
        for list in [try lab.authority.revocationList(revoking: [neighbour]), try other.revocationList(revoking: [])] {
            let material = try TLSMaterial(
                certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: lab.authority.certificatePEM + list)
            let pair = try TLSPair(material, try lab.server())
            try pair.handshake()
            #expect(pair.recorder.failures == [])
        }
    }

    @Test func `without any extended key usage is good`() throws {
        let lab = try TLSLab()
        let certificate = try lab.authority.issue(commonName: nil, names: TLSPair.names, usages: [])
        let server = try TLSTestServer(TLSTestServerOptions(certificate: certificate))
        let pair = try TLSPair(try lab.material(), server)
        try pair.handshake()
        #expect(pair.recorder.failures == [])
    }

    @Test func `of an unknown authority is refused by the system's store`() throws {
        let lab = try TLSLab()
        let material = try TLSMaterial(certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: nil)
        let pair = try TLSPair(material, try lab.server())
        try pair.handshake()
        #expect(pair.recorder.failures.map(\.reason) == [.certificateUntrusted])
    }
}

extension TestCertificate {
    /// As a server sends it that was given no chain.
    fileprivate var withoutIssuers: TestCertificate {
        TestCertificate(certificatePEM: certificatePEM, privateKeyPEM: privateKeyPEM, serialNumber: serialNumber)
    }
}
