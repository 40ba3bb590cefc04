import Foundation
import NIOConcurrencyHelpers
import Testing

@testable import ConfigAPI

@Suite(.blocking) struct HTTPTLSTests {
    /// A folder with the certificate for curl, removed at the end.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("http-tls-\(UUID().uuidString)")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }

        func write(_ name: String, _ bytes: [UInt8]) throws -> String {
            let file = url.appendingPathComponent(name)
            try Data(bytes).write(to: file)
            return file.path
        }
    }

    /// Runs a program to its end.
    private func run(_ program: String, _ arguments: [String], input: String = "") throws -> (
        status: Int32, output: String
    ) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        let inputPipe = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = inputPipe
        try process.run()
        inputPipe.fileHandleForWriting.write(Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test(arguments: ["1.2", "1.3"])
    func `serves HTTPS with a certificate it made itself`(version: String) async throws {
        let made = try SelfSignedCertificate.make(names: ["cb1.example.test", "192.0.2.7"])
        let identity = try ServerIdentity(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM)
        let test = try HTTPTestServer(
            identity: identity, handler: HTTPTestHandler { request, _ in .respond(.text("secure \(request.isSecure)")) }
        )
        let folder = try Folder()
        let authority = try folder.write("ca.pem", made.certificatePEM)
        for name in ["localhost", "127.0.0.1", "cb1.example.test"] {
            let (status, output) = try run(
                "/usr/bin/curl",
                [
                    "-sS", "--max-time", "20", "--noproxy", "*", "--cacert", authority, "--tlsv\(version)", "--tls-max",
                    version, "--connect-to", "\(name):\(test.port):127.0.0.1:\(test.port)",
                    "https://\(name):\(test.port)/",
                ])
            #expect(status == 0)
            #expect(output == "secure true")
        }
        let stranger = try run(
            "/usr/bin/curl",
            [
                "-sS", "--max-time", "20", "--noproxy", "*", "--cacert", authority, "--connect-to",
                "other.test:\(test.port):127.0.0.1:\(test.port)", "https://other.test:\(test.port)/",
            ])
        #expect(stranger.status == 60)
        await test.stop()
    }

    @Test func `makes a certificate with the expected contents`() throws {
        let made = try SelfSignedCertificate.make(names: ["cb1.example.test", "LOCALHOST", "2001:db8::1"], days: 30)
        let folder = try Folder()
        let file = try folder.write("c.pem", made.certificatePEM)
        let text = try run("/usr/bin/openssl", ["x509", "-in", file, "-noout", "-text"]).output
        for part in [
            "Version: 3", "Signature Algorithm: ecdsa-with-SHA256", "CN = cb1.example.test", "NIST CURVE: P-256",
            "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:cb1.example.test, IP Address:2001:DB8",
            "TLS Web Server Authentication", "CA:FALSE", "Digital Signature",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(
            try run("/usr/bin/openssl", ["x509", "-in", file, "-noout", "-checkend", "\(29 * 86_400)"]).status == 0)
        #expect(
            try run("/usr/bin/openssl", ["x509", "-in", file, "-noout", "-checkend", "\(31 * 86_400)"]).status == 1)
        let printed = try run("/usr/bin/openssl", ["x509", "-in", file, "-noout", "-fingerprint", "-sha256"]).output
        let identity = try ServerIdentity(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM)
        #expect(printed.lowercased().filter { $0 != ":" }.contains(identity.certificateSHA256))
        let other = try SelfSignedCertificate.make(names: [])
        #expect(other.certificatePEM != made.certificatePEM)
        #expect(throws: HTTPServerError.self) { try SelfSignedCertificate.make(names: ["ümlaut"]) }
    }

    @Test func `refuses TLS 1.1 and older`() async throws {
        let made = try SelfSignedCertificate.make(names: [])
        let test = try HTTPTestServer(
            identity: try ServerIdentity(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM))
        for version in ["-tls1", "-tls1_1"] {
            let (status, output) = try run(
                "/usr/bin/openssl",
                ["s_client", "-connect", "127.0.0.1:\(test.port)", version, "-cipher", "ALL:@SECLEVEL=0"])
            #expect(status != 0)
            // The server ended it, not the client's policy. libmicrohttpd sends no alert.
            #expect(output.contains("unexpected eof") || output.contains("Connection reset"))
        }
        let good = try run("/usr/bin/openssl", ["s_client", "-connect", "127.0.0.1:\(test.port)", "-tls1_2"])
        #expect(good.output.contains("Cipher is ECDHE"))
        await test.stop()
    }

    @Test func `closes a connection that speaks plain HTTP to the TLS port`() async throws {
        let made = try SelfSignedCertificate.make(names: [])
        let test = try HTTPTestServer(
            identity: try ServerIdentity(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM))
        let client = try test.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try !client.rest().contains("HTTP/1.1 200"))
        await test.stop()
    }

    @Test func `cuts a client off that does not finish the handshake`() async throws {
        let made = try SelfSignedCertificate.make(names: [])
        let test = try HTTPTestServer(
            limits: HTTPLimitsTests.limits { $0.requestDeadline = .milliseconds(300) },
            identity: try ServerIdentity(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM))
        let client = try test.client()
        try client.send([0x16, 0x03, 0x01, 0x02])
        #expect(try client.rest() == "")
        await test.stop()
    }

    @Test func `keeps the old certificate when the new one is wrong`() throws {
        let one = try SelfSignedCertificate.make(names: [])
        let two = try SelfSignedCertificate.make(names: [])
        let identity = try ServerIdentity(certificatePEM: one.certificatePEM, keyPEM: one.keyPEM)
        let before = identity.certificateSHA256
        let wrong: [([UInt8], [UInt8])] = [
            (two.certificatePEM, one.keyPEM), ([], one.keyPEM), (one.certificatePEM, []), (one.keyPEM, one.keyPEM),
            (one.certificatePEM, one.certificatePEM), (Array("nonsense".utf8), one.keyPEM),
        ]
        for (certificate, key) in wrong {
            let error = #expect(throws: HTTPServerError.self) {
                try identity.replace(certificatePEM: certificate, keyPEM: key)
            }
            #expect(error?.code == .badIdentity)
            #expect(error?.description.contains("PRIVATE KEY") == false)
            #expect(identity.certificateSHA256 == before)
        }
        try identity.replace(certificatePEM: two.certificatePEM, keyPEM: two.keyPEM)
        #expect(identity.certificateSHA256 != before)
    }

    @Test func `exchanges the certificate under load without a failed request`() async throws {
        let workers = HTTPWorkers()
        let pairs = try (0..<8).map { _ in try SelfSignedCertificate.make(names: []) }
        let identity = try ServerIdentity(certificatePEM: pairs[0].certificatePEM, keyPEM: pairs[0].keyPEM)
        let test = try HTTPTestServer(threads: 2, identity: identity)
        let folder = try Folder()
        // curl trusts all of them: a list of self-signed certificates.
        let authority = try folder.write("ca.pem", pairs.flatMap(\.certificatePEM))
        let isOver = NIOLockedValueBox(false)
        let swaps = NIOLockedValueBox(0)
        workers.run {
            while !isOver.withLockedValue({ $0 }) {
                for pair in pairs {
                    do { try identity.replace(certificatePEM: pair.certificatePEM, keyPEM: pair.keyPEM) } catch {
                        Issue.record(error)
                    }
                    swaps.withLockedValue { $0 += 1 }
                }
            }
        }
        let url = "https://localhost:\(test.port)/[1-100]"
        let codes = try await withThrowingTaskGroup(of: (Int32, String).self) { group in
            for _ in 0..<2 {
                group.addTask {
                    try self.run(
                        "/usr/bin/curl",
                        [
                            "-sS", "--max-time", "60", "--noproxy", "*", "--cacert", authority, "--no-keepalive", "-H",
                            "Connection: close", "-o", "/dev/null", "-w", "%{http_code}\\n", url,
                        ])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        isOver.withLockedValue { $0 = true }
        workers.drain()
        for (status, output) in codes {
            #expect(status == 0)
            #expect(output == String(repeating: "200\n", count: 100))
        }
        #expect(swaps.withLockedValue { $0 } > 8)
        #expect(test.server.counters.connectionsMade == 200)
        await test.stop()
    }
}
