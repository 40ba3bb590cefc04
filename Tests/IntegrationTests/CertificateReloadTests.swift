import Foundation
import TestSupport
import Testing

/// Certificates that change while the server runs, against a Prosody that requires one.
@Suite struct CertificateReloadTests {
    private let prosody: Prosody
    private let pki: TestPKI
    private let scratch: ScratchDirectory
    /// What the server is told to use; the tests put other contents there.
    private let files: CertificateFiles

    init() throws {
        prosody = try Prosody()
        pki = try TestPKI.shared()
        scratch = try ScratchDirectory("certificates")
        files = CertificateFiles(
            certificate: scratch.file("our.crt"), key: scratch.file("our.key"), combined: scratch.file("our.pem"))
    }

    private static let read = "read the certificates for the XMPP server anew"
    private static let refused = "the certificates for the XMPP server can't be used; the old ones stay"

    /// Puts a certificate in place, each file in one instant, as tools do that renew certificates.
    private func install(_ certificate: ClientCertificate, keyOf other: ClientCertificate? = nil) throws {
        try replace(files.certificate, with: pki.client(certificate).certificate)
        try replace(files.key, with: pki.client(other ?? certificate).key)
    }

    private func replace(_ path: String, with source: String) throws {
        try scratch.write(try String(contentsOfFile: source, encoding: .utf8), to: "new")
        try #require(rename(scratch.file("new"), path) == 0)
    }

    private func start() throws -> APIServerProcess {
        let server = try APIServerProcess(
            .init(authority: pki.authority, clientCertificate: files, further: ["--ping-interval", "0"]))
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        return server
    }

    @Test func `SIGHUP ends the wait after a refused certificate`() throws {
        try install(.callbridgeOther)
        let server = try start()
        try server.waitForFailure().expect("tlsHandshake", "clientCertificateRejected")
        try install(.callbridge)
        server.process.send(signal: SIGHUP)
        try server.process.waitForLog(containing: Self.read)
        #expect(try server.waitUntilConnected().tls?.mutual == true)
    }

    @Test func `changed files are read without a signal; the stream stays, the next one uses them`() throws {
        try install(.callbridge)
        let server = try start()
        let before = try server.waitUntilConnected()
        try install(.callbridgeOther)
        try server.process.waitForLog(containing: Self.read)
        let after = try server.status()
        #expect(after.state == "connected" && after.since == before.since)
        try server.configure(["uniqueName": "cb2", "sharedSecret": Prosody.secret("cb2")])
        try server.waitForFailure().expect("tlsHandshake", "clientCertificateRejected")
        try install(.callbridge)
        try server.waitUntilConnected()
    }

    @Test func `a pair that does not fit is refused, and the old one goes on`() throws {
        try install(.callbridge)
        let server = try start()
        let before = try server.waitUntilConnected()
        try install(.callbridge, keyOf: .callbridgeOther)
        server.process.send(signal: SIGHUP)
        try server.process.waitForLog(containing: Self.refused)
        let line = try #require(server.log.split(separator: "\n").first { $0.contains(Self.refused) })
        #expect(line.contains("--xmpp-key \(files.key)"), "\(line)")
        #expect(line.contains("does not belong to the certificate"), "\(line)")
        #expect(try server.status().since == before.since)
        try server.configure(["uniqueName": "cb2", "sharedSecret": Prosody.secret("cb2")])
        #expect(try server.waitUntilConnected().tls?.mutual == true)
        #expect(!server.log.contains(Self.read))
        try server.stop()
    }

    @Test func `a file that is gone is told, and the old one goes on`() throws {
        try install(.callbridge)
        let server = try start()
        try server.waitUntilConnected()
        try FileManager.default.removeItem(atPath: files.key)
        try server.process.waitForLog(containing: Self.refused)
        #expect(server.log.contains("--xmpp-key \(files.key): No such file or directory"))
        #expect(try server.status().state == "connected")
        try install(.callbridge)
        try server.process.waitForLog(containing: Self.read)
    }
}
