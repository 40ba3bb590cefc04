import TestSupport
import Testing

@testable import BridgeEngine

/// Sessions that the server offers to resume: used once, for the same names, under the same certificates alone.
@Suite struct TLSResumptionTests {
    private let lab: TLSLab

    init() throws {
        lab = try TLSLab()
    }

    /// One connection; the server says something, so that its tickets are read.
    private func visit(
        _ material: TLSMaterial, _ server: TLSTestServer, identity: ExpectedIdentity = TLSPair.identity
    ) throws -> TLSSessionInfo {
        let pair = try TLSPair(material, server, identity: identity)
        try pair.handshake()
        #expect(pair.recorder.failures == [])
        return try #require(pair.recorder.infos.first)
    }

    @Test(arguments: TLSTestServerOptions.Version.allCases)
    func `the second and the third connection resume`(version: TLSTestServerOptions.Version) throws {
        let server = try lab.server(newest: version)
        let material = try lab.material()
        let first = try visit(material, server)
        #expect(!first.resumed)
        for _ in 0..<2 {
            let next = try visit(material, server)
            #expect(next.resumed)
            #expect(next.peer == first.peer, "the certificate is the session's")
            #expect(next.version == first.version)
        }
    }

    @Test func `it says whether our certificate had been shown, which is not sent again`() throws {
        let clients = try TestCertificateAuthority(name: "Client CA")
        let ours = try clients.issue(commonName: "bridge", usages: [.clientAuth])
        let server = try lab.server(.required(clients))
        let material = try lab.material(client: ours)
        #expect(try visit(material, server).mutual)
        let second = try visit(material, server)
        #expect(second.resumed && second.mutual)
        #expect(server.visits.map(\.certificateMessages) == [1, 0])
    }

    @Test func `other names, another material and a session that was forgotten get a full handshake`() throws {
        let server = try lab.server()
        let material = try lab.material()
        _ = try visit(material, server)
        let domainAlone = ExpectedIdentity(domain: TLSPair.domain, host: .loopback)
        #expect(try !visit(material, server, identity: domainAlone).resumed)
        #expect(try !visit(lab.material(verification: .chain), server).resumed)
        #expect(try visit(material, server).resumed, "the others have left it alone")
        material.sessions.forget(domain: "other.test")
        #expect(try visit(material, server).resumed)
        material.sessions.forget(domain: TLSPair.domain)
        #expect(try !visit(material, server).resumed)
    }

    @Test func `what was accepted without a check is never resumed with one`() throws {
        let other = try TLSLab()
        let server = try other.server()
        #expect(try !visit(lab.material(verification: .none), server).resumed)
        let pair = try TLSPair(try lab.material(), server)
        try pair.handshake()
        #expect(pair.recorder.failures.map(\.reason) == [.certificateUntrusted])
    }

    @Test func `a server that does not know the session any more makes a full handshake`() throws {
        let material = try lab.material()
        _ = try visit(material, try lab.server())
        // Other keys for its tickets.
        #expect(try !visit(material, try lab.server()).resumed)
    }

    @Test func `a session ends with the server's certificate, and after an hour at the latest`() throws {
        let certificate = try lab.authority.issue(
            commonName: nil, names: TLSPair.names, validity: TestCertificateValidity(from: -60, until: 600))
        for (server, seconds) in [
            (try TLSTestServer(TLSTestServerOptions(certificate: certificate)), Int64(600)), (try lab.server(), 3600),
        ] {
            let key = TLSSessionCache.Key(serverName: TLSPair.domain, identity: TLSPair.identity)
            for (age, isGood) in [(seconds - 60, true), (seconds + 60, false)] {
                let material = try lab.material()
                _ = try visit(material, server)
                let session = material.sessions.take(for: key, at: Timestamp.now().advanced(by: .seconds(age)))
                #expect((session != nil) == isGood)
                #expect(material.sessions.take(for: key) == nil, "it is taken once")
            }
        }
    }

    @Test(arguments: TLSTestServerOptions.Version.allCases)
    func `a session that was resumed ends when the first one does`(version: TLSTestServerOptions.Version) throws {
        let server = try lab.server(newest: version)
        let material = try lab.material()
        let key = TLSSessionCache.Key(serverName: TLSPair.domain, identity: TLSPair.identity)
        _ = try visit(material, server)
        let first = try #require(material.sessions.take(for: key))
        // As if it had been made a while ago.
        let old = TLSResumableSession(testing: first, expires: first.expires - 1000)
        material.sessions.keep(try #require(old), for: key)
        #expect(try visit(material, server).resumed)
        #expect(material.sessions.take(for: key)?.expires == first.expires - 1000)
    }

    @Test func `the cache is bounded`() throws {
        let server = try lab.server()
        let material = try lab.material()
        for number in 0...TLSSessionCache.most {
            let names = ExpectedIdentity(domain: TLSPair.domain, host: .name("xmpp1.example.test"))
            let pair = try TLSPair(material, server, serverName: "host-\(number).test", identity: names)
            try pair.handshake()
        }
        let kept = (0...TLSSessionCache.most).filter { number in
            let key = TLSSessionCache.Key(serverName: "host-\(number).test", identity: TLSPair.identity)
            return material.sessions.take(for: key) != nil
        }
        #expect(kept == [TLSSessionCache.most])
    }
}
