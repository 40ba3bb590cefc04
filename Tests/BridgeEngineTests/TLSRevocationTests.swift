import TestSupport
import Testing

@testable import BridgeEngine

/// Revocation lists that the administrator demands: the server's certificate and each issuer are checked.
@Suite struct TLSRevocationTests {
    private let root: TestCertificateAuthority
    private let middle: TestCertificateAuthority
    private let leaf: TestCertificate

    init() throws {
        root = try TestCertificateAuthority(name: "Root")
        middle = try root.issueAuthority(name: "Middle")
        leaf = try middle.issue(commonName: nil, names: TLSPair.names)
    }

    /// What the client says of the server's certificate; nil where it is content.
    private func failure(lists: [UInt8]) throws -> TLSFailure? {
        let material = try TLSMaterial(
            certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: root.certificatePEM, revocationListsPEM: lists)
        #expect(material.demandsRevocationLists)
        let server = try TLSTestServer(TLSTestServerOptions(certificate: leaf))
        let pair = try TLSPair(material, server)
        try pair.handshake()
        #expect(pair.recorder.infos.count + pair.recorder.failures.count == 1)
        return pair.recorder.failures.first
    }

    @Test func `good lists of the whole chain let it pass`() throws {
        let lists = try root.revocationList(revoking: []) + middle.revocationList(revoking: [])
        #expect(try failure(lists: lists) == nil)
    }

    @Test func `a revoked server certificate is refused`() throws {
        let lists = try root.revocationList(revoking: []) + middle.revocationList(revoking: [leaf])
        let failure = try #require(try failure(lists: lists))
        #expect(failure.reason == .certificateRevoked)
        #expect(failure.detail == "The server's certificate has been revoked.")
    }

    @Test func `a revoked issuer is refused`() throws {
        let lists = try root.revocationList(revoking: [middle.ownCertificate]) + middle.revocationList(revoking: [])
        let failure = try #require(try failure(lists: lists))
        #expect(failure.reason == .certificateRevoked)
        #expect(failure.detail == "The server's certificate was issued under CN=Middle, which has been revoked.")
    }

    @Test func `a list that is missing, of whichever issuer, makes the chain untrusted`() throws {
        let ofLeaf = try #require(try failure(lists: root.revocationList(revoking: [])))
        #expect(ofLeaf.reason == .certificateUntrusted)
        #expect(
            ofLeaf.detail
                == "The server's certificate can't be checked: there is no revocation list of CN=Middle.")
        let ofMiddle = try #require(try failure(lists: middle.revocationList(revoking: [])))
        #expect(ofMiddle.reason == .certificateUntrusted)
        #expect(
            ofMiddle.detail.contains("under CN=Middle, which can't be checked: there is no revocation list of CN=Root"))
    }

    @Test func `an outdated list makes the chain untrusted, and the detail says since when`() throws {
        let lists = try root.revocationList(revoking: []) + middle.revocationList(revoking: [], nextUpdate: -60)
        let failure = try #require(try failure(lists: lists))
        #expect(failure.reason == .certificateUntrusted)
        let words = "can't be checked: the revocation list of CN=Middle is outdated, the next one was due on 20"
        #expect(failure.detail.contains(words), "\(failure.detail)")
    }

    @Test func `a revocation outweighs what could not be checked`() throws {
        let ofRootMissing = try #require(try failure(lists: middle.revocationList(revoking: [leaf])))
        #expect(ofRootMissing.reason == .certificateRevoked)
        #expect(
            ofRootMissing.detail.contains("has been revoked; it was issued under CN=Middle, which can't be checked"))
        let outdated = try root.revocationList(revoking: []) + middle.revocationList(revoking: [leaf], nextUpdate: -60)
        #expect(try failure(lists: outdated)?.reason == .certificateRevoked)
    }

    @Test func `an intermediate that is trusted as it is needs no list of its own issuer`() throws {
        let server = try TLSTestServer(TLSTestServerOptions(certificate: leaf))
        for (revoked, reason) in [([], nil), ([leaf], FailureReason.certificateRevoked)] {
            let material = try TLSMaterial(
                certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: middle.certificatePEM,
                revocationListsPEM: middle.revocationList(revoking: revoked))
            let pair = try TLSPair(material, server)
            try pair.handshake()
            #expect(pair.recorder.failures.first?.reason == reason)
        }
    }

    @Test func `a list that another key has signed counts for nothing`() throws {
        let forger = try TestCertificateAuthority(name: "Middle")
        let lists = try root.revocationList(revoking: []) + forger.revocationList(revoking: [])
        #expect(try failure(lists: lists)?.reason == .certificateUntrusted)
    }
}
