import TestSupport
import Testing

@testable import BridgeEngine

@Suite struct `TLS material` {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var certificate: [UInt8]?
        var key: [UInt8]?
        var roots: [UInt8]?
        var lists: [UInt8]?
        var input: TLSMaterialError.Input
        var problem: TLSMaterialError.Problem
    }

    static func cases() throws -> [Case] {
        let authority = try TestCertificateAuthority(name: "CA")
        let one = try authority.issue(commonName: "one")
        let other = try authority.issue(commonName: "other")
        let good = one.certificatePEM
        let damaged = Array(String(decoding: good, as: UTF8.self).replacing("MII", with: "!!!").utf8)
        let damagedKey = Array(String(decoding: one.privateKeyPEM, as: UTF8.self).replacing("MI", with: "AA").utf8)
        let text = Array("this is no PEM\n".utf8)
        let root = authority.certificatePEM
        let encrypted = try one.encryptedPrivateKeyPEM(passPhrase: "secret phrase")
        return [
            Case(
                testDescription: "a key alone", certificate: nil, key: one.privateKeyPEM, roots: root,
                input: .certificateChain, problem: .missing),
            Case(
                testDescription: "a certificate alone", certificate: good, key: nil, roots: root,
                input: .privateKey, problem: .missing),
            Case(
                testDescription: "text for a certificate", certificate: text, key: one.privateKeyPEM, roots: root,
                input: .certificateChain, problem: .noCertificate),
            Case(
                testDescription: "an empty certificate", certificate: [], key: one.privateKeyPEM, roots: root,
                input: .certificateChain, problem: .noCertificate),
            Case(
                testDescription: "a key for a certificate", certificate: one.privateKeyPEM, key: one.privateKeyPEM,
                roots: root, input: .certificateChain, problem: .noCertificate),
            Case(
                testDescription: "a damaged certificate", certificate: damaged, key: one.privateKeyPEM, roots: root,
                input: .certificateChain, problem: .unreadable),
            Case(
                testDescription: "a damaged certificate behind a good one", certificate: good + damaged,
                key: one.privateKeyPEM, roots: root, input: .certificateChain, problem: .unreadable),
            Case(
                testDescription: "half a certificate", certificate: Array(good.prefix(good.count / 2)),
                key: one.privateKeyPEM, roots: root, input: .certificateChain, problem: .unreadable),
            Case(
                testDescription: "text for a key", certificate: good, key: text, roots: root,
                input: .privateKey, problem: .noPrivateKey),
            Case(
                testDescription: "an empty key", certificate: good, key: [], roots: root,
                input: .privateKey, problem: .noPrivateKey),
            Case(
                testDescription: "a damaged key", certificate: good, key: damagedKey, roots: root,
                input: .privateKey, problem: .unreadable),
            Case(
                testDescription: "an encrypted key", certificate: good, key: encrypted, roots: root,
                input: .privateKey, problem: .encryptedPrivateKey),
            Case(
                testDescription: "another's key", certificate: good, key: other.privateKeyPEM, roots: root,
                input: .privateKey, problem: .keyMismatch),
            Case(
                testDescription: "a chain in the wrong order", certificate: root + good, key: one.privateKeyPEM,
                roots: root, input: .privateKey, problem: .keyMismatch),
            Case(
                testDescription: "text for trust", certificate: nil, key: nil, roots: text,
                input: .trustRoots, problem: .noCertificate),
            Case(
                testDescription: "an empty trust file", certificate: nil, key: nil, roots: [],
                input: .trustRoots, problem: .noCertificate),
            Case(
                testDescription: "a revocation list alone", certificate: nil, key: nil,
                roots: try authority.revocationList(revoking: []), input: .trustRoots, problem: .noCertificate),
            Case(
                testDescription: "certificates for revocation lists", certificate: nil, key: nil, roots: root,
                lists: root, input: .revocationLists, problem: .noRevocationList),
            Case(
                testDescription: "text for revocation lists", certificate: nil, key: nil, roots: root,
                lists: text, input: .revocationLists, problem: .noRevocationList),
            Case(
                testDescription: "a damaged certificate for trust", certificate: nil, key: nil,
                roots: root + damaged, input: .trustRoots, problem: .unreadable),
        ]
    }

    @Test(arguments: try cases())
    func `says which input is wrong and why`(row: Case) throws {
        let error = #expect(throws: TLSMaterialError.self) {
            _ = try TLSMaterial(
                certificateChainPEM: row.certificate, privateKeyPEM: row.key, trustRootsPEM: row.roots,
                revocationListsPEM: row.lists)
        }
        #expect(error?.input == row.input)
        #expect(error?.problem == row.problem)
        let detail = try #require(error?.detail)
        #expect(!detail.isEmpty && error?.description == detail)
        // Nothing of the key's lines.
        for line in String(decoding: row.key ?? [], as: UTF8.self).split(separator: "\n") where line.count > 20 {
            #expect(!detail.contains(line))
        }
    }

    @Test func `a chain in the wrong order is told so`() throws {
        let authority = try TestCertificateAuthority(name: "CA")
        let leaf = try authority.issue(commonName: "leaf")
        let error = #expect(throws: TLSMaterialError.self) {
            _ = try TLSMaterial(
                certificateChainPEM: authority.certificatePEM + leaf.certificatePEM, privateKeyPEM: leaf.privateKeyPEM,
                trustRootsPEM: authority.certificatePEM)
        }
        #expect(
            error?.detail
                == "the private key does not belong to the certificate CN=CA, but to a later one in the file;"
                + " it must come first")
    }

    @Test func `takes a certificate with its key in one file, a chain, and the system's store`() throws {
        let root = try TestCertificateAuthority(name: "Root")
        let leaf = try root.issueAuthority(name: "Middle").issue(commonName: "leaf", usages: [.clientAuth])
        #expect(leaf.issuersPEM != [])
        let both = leaf.chainPEM + leaf.privateKeyPEM
        let material = try TLSMaterial(certificateChainPEM: both, privateKeyPEM: both, trustRootsPEM: nil)
        #expect(material.hasCertificate && material.verification == .full)
        let bare = try TLSMaterial(
            certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: root.certificatePEM, verification: .chain)
        #expect(!bare.hasCertificate && bare.verification == .chain)
    }
}
