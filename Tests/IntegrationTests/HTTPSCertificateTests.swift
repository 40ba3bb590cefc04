import ConfigAPI
import Foundation
import TestSupport
import Testing

/// The certificate of HTTPS, and the authorities of its clients' certificates, while the server runs.
@Suite struct HTTPSCertificateTests {
    private static let read = "read the certificates for HTTPS anew"
    private static let refused = "the certificates for HTTPS can't be used; the old ones stay"
    private static let renewed = "made the self-signed certificate anew"

    private let pki: TestPKI
    private let scratch: ScratchDirectory
    private let port: UInt16
    /// What the server is told to use; the tests put other contents there.
    private let files: CertificateFiles
    private let authority: String

    init() throws {
        pki = try TestPKI.shared()
        scratch = try ScratchDirectory("https")
        port = try FreePorts.reserve()
        files = CertificateFiles(
            certificate: scratch.file("our.crt"), key: scratch.file("our.key"), combined: scratch.file("our.pem"))
        authority = scratch.file("clients.crt")
    }

    private func start(_ further: [String] = []) throws -> APIServerProcess {
        let server = try APIServerProcess(
            .init(
                further: [
                    "--listen", "127.0.0.1:\(port)", "--tls-certificate", files.certificate, "--tls-key", files.key,
                ] + further))
        try server.process.waitUntilListening(on: [port])
        return server
    }

    /// Puts a certificate in place, each file in one instant, as tools do that renew certificates.
    private func install(_ certificate: ServerCertificate, keyOf other: ServerCertificate? = nil) throws {
        try replace(files.certificate, with: pki.server(certificate).certificate)
        try replace(files.key, with: pki.server(other ?? certificate).key)
    }

    private func replace(_ path: String, with source: String) throws {
        try scratch.write(try String(contentsOfFile: source, encoding: .utf8), to: "new")
        try #require(rename(scratch.file("new"), path) == 0)
    }

    /// Whether a new connection is shown the certificate in a file.
    private func shows(_ file: String) throws -> Bool {
        let seen = try Program.openssl.run(["s_client", "-connect", "127.0.0.1:\(port)"], in: scratch)
        return seen.contains(try String(contentsOfFile: file, encoding: .utf8))
    }

    @Test func `SIGHUP exchanges the certificate; open connections, half a body and a waiting request go on`() throws {
        try install(.good)
        let server = try start()
        let keptAlive = try TLSClient(port: port)
        try keptAlive.send("GET", APIServerProcess.configurationPath, of: server)
        try keptAlive.expect("HTTP/1.1 200 OK")
        try keptAlive.expect("</xmpp>")
        let half = try TLSClient(port: port)
        let body = "domain=example.test&uniqueName=cb1&sharedSecret=x&serverAddressOverride=127.0.0.1:1"
        try half.send(
            "PUT", APIServerProcess.configurationPath, of: server, fields: ["Expect: 100-continue"],
            body: String(body.prefix(20)), length: body.utf8.count)
        // The server has the head.
        try half.expect("HTTP/1.1 100 Continue")
        let waiting = try TLSClient(port: port)
        try waiting.send(
            "GET", "\(APIServerProcess.configurationPath)/status?waitFor=connecting,waiting&timeout=300", of: server)

        #expect(try shows(pki.server(.good).certificate))
        try install(.hostOnly)
        server.process.send(signal: SIGHUP)
        try server.process.waitForLog(containing: Self.read)
        #expect(try shows(pki.server(.hostOnly).certificate))

        try keptAlive.send("GET", APIServerProcess.configurationPath, of: server)
        try keptAlive.expect("HTTP/1.1 200 OK")
        try half.send(String(body.dropFirst(20)))
        try half.expect("HTTP/1.1 200 OK")
        try waiting.expect("HTTP/1.1 200 OK")
        try server.stop()
    }

    @Test func `changed files are read without a signal`() throws {
        try install(.good)
        let server = try start()
        try install(.hostOnly)
        try server.process.waitForLog(containing: Self.read)
        #expect(try shows(pki.server(.hostOnly).certificate))
    }

    @Test func `a pair that does not fit is refused, and the old one goes on`() throws {
        try install(.good)
        let server = try start()
        try install(.good, keyOf: .hostOnly)
        server.process.send(signal: SIGHUP)
        try server.process.waitForLog(containing: Self.refused)
        let line = try #require(server.log.split(separator: "\n").first { $0.contains(Self.refused) })
        #expect(line.contains("--tls-certificate \(files.certificate), --tls-key \(files.key): "), "\(line)")
        #expect(line.contains("The private key does not belong to the certificate."), "\(line)")
        #expect(try shows(pki.server(.good).certificate))
        try install(.hostOnly)
        try server.process.waitForLog(containing: Self.read)
        #expect(try shows(pki.server(.hostOnly).certificate))
    }

    @Test func `a certificate that ends soon is told`() throws {
        try install(.endsSoon)
        let server = try start()
        try server.process.waitForLog(containing: "the certificate for HTTPS ends soon")
        #expect(server.log.contains("file=\(files.certificate)"))
    }

    // MARK: Our own

    private var ownPath: String { scratch.file("own.sqlite.crt") }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        try scratch.write(String(decoding: bytes, as: UTF8.self), to: "new")
        try #require(rename(scratch.file("new"), path) == 0)
    }

    /// Puts a certificate of our own in place that is in its last month.
    /// - Returns: what is in the file.
    private func installOwn() throws -> [UInt8] {
        let made = try SelfSignedCertificate.make(names: ["bridge.example.test"], days: 29)
        try write(made.certificatePEM, ownPath)
        try write(made.keyPEM, scratch.file("own.sqlite.key"))
        return made.certificatePEM
    }

    private func startWithOwn() throws -> ServerProcess {
        try ServerProcess(
            "api-server",
            .init(
                try APIServerProcess.binary(),
                ["serve", "--listen", "127.0.0.1:\(port)", "--database", scratch.file("own.sqlite")]), in: scratch)
    }

    @Test func `a start that fails leaves our own certificate as it is`() throws {
        let old = try installOwn()
        let other = try ListeningSocket.bind(host: "127.0.0.1", port: port)
        let process = try startWithOwn()
        #expect(try process.waitForExit(within: .seconds(60)) != .code(0))
        #expect(process.log.contains("\(other.port)"), "\(process.log)")
        #expect(try Array(Data(contentsOf: URL(filePath: ownPath))) == old)
    }

    @Test func `our own certificate goes on while it can't be made anew`() throws {
        let old = try installOwn()
        try FileManager.default.createDirectory(atPath: ownPath + ".new", withIntermediateDirectories: false)
        let process = try startWithOwn()
        try process.waitForLog(containing: "listening address=")
        #expect(process.log.contains("the self-signed certificate can't be made anew"), "\(process.log)")
        #expect(process.log.contains("the certificate for HTTPS ends soon"), "\(process.log)")
        #expect(try Array(Data(contentsOf: URL(filePath: ownPath))) == old)
        #expect(try shows(ownPath))
        #expect(process.stop() == .code(0))
    }

    @Test func `our own certificate is made anew in its last month, at the start and while running`() throws {
        let old = try installOwn()
        let path = ownPath
        let process = try startWithOwn()
        try process.waitForLog(containing: Self.renewed)
        try process.waitForLog(containing: "listening address=")
        func properties(_ path: String) throws -> String {
            try Program.openssl.run(
                ["x509", "-in", path, "-noout", "-subject", "-ext", "subjectAltName", "-pubkey"], in: scratch)
        }
        #expect(!process.log.contains("ends soon"))
        #expect(!process.log.contains(Self.read))
        try write(old, scratch.file("before.crt"))
        let before = try properties(scratch.file("before.crt"))
        #expect(before.contains("DNS:bridge.example.test"))
        #expect(try properties(path) == before)
        #expect(try shows(path))
        let lasting = ["x509", "-in", path, "-noout", "-checkend", "\(800 * 86_400)"]
        try Program.openssl.run(lasting, in: scratch)

        // As if it had grown old meanwhile.
        try write(old, path)
        try process.waitForLog(containing: Self.read)
        process.send(signal: SIGHUP)
        let deadline = ContinuousClock.now + .seconds(60)
        while process.log.components(separatedBy: Self.read).count < 3, ContinuousClock.now < deadline {
            ServerProcess.pause()
        }
        try Program.openssl.run(lasting, in: scratch)
        #expect(try properties(path) == before)
        #expect(try shows(path))
        #expect(process.log.components(separatedBy: Self.renewed).count == 3)
        #expect(process.stop() == .code(0))
    }

    // MARK: Clients' certificates

    /// The status that curl gets.
    private func curl(_ server: APIServerProcess, _ client: ClientCertificate?) throws -> String {
        let config = try scratch.write("user = \"admin:\(server.password)\"\n", to: "curlrc")
        var arguments = [
            "--silent", "--insecure", "--noproxy", "*", "--max-time", "20", "--config", config, "--write-out",
            " %{http_code}", "https://127.0.0.1:\(port)\(APIServerProcess.configurationPath)",
        ]
        if let client { arguments += ["--cert", pki.client(client).combined] }
        return try Program.curl.run(arguments, in: scratch)
    }

    @Test func `a client needs a certificate, of the authority that is named now`() throws {
        try install(.good)
        try replace(authority, with: pki.authority)
        let server = try start(["--tls-client-ca", authority])
        #expect(try curl(server, .callbridge).hasSuffix("</xmpp> 200"))
        #expect(try curl(server, .callbridgeClientOnly).hasSuffix(" 200"))
        for client in [nil, .callbridgeServerOnly, .callbridgeOther] as [ClientCertificate?] {
            #expect(try curl(server, client).hasSuffix("<failureDetails><invalidOperation /></failureDetails> 403"))
        }
        #expect(server.log.contains("it is not for TLS clients."))
        // Other processes of this machine need none.
        #expect(try server.client().request("GET", APIServerProcess.configurationPath).status == 200)

        let keptAlive = try TLSClient(port: port, certificate: pki.client(.callbridge).combined)
        try keptAlive.send("GET", "/healthz", of: server)
        try keptAlive.expect("HTTP/1.1 200 OK")
        try replace(authority, with: pki.otherAuthority)
        server.process.send(signal: SIGHUP)
        try server.process.waitForLog(containing: Self.read)
        #expect(try curl(server, .callbridge).hasSuffix(" 403"))
        #expect(try curl(server, .callbridgeOther).hasSuffix(" 200"))
        // It was looked at when the connection was new.
        try keptAlive.send("GET", "/healthz", of: server)
        try keptAlive.expect("HTTP/1.1 200 OK")

        try scratch.write("no certificate\n", to: "new")
        try #require(rename(scratch.file("new"), authority) == 0)
        try server.process.waitForLog(containing: Self.refused)
        #expect(server.log.contains("--tls-client-ca \(authority): "))
        #expect(try curl(server, .callbridgeOther).hasSuffix(" 200"))
        try server.stop()
    }
}
