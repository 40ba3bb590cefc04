import Foundation
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// HTTPS that asks for client certificates: who is let in, and what the others are told.
@Suite(.blocking) struct ClientCertificateTests {
    /// What a client shows.
    enum Shown: String, CaseIterable, Sendable {
        case nothing, good, throughIntermediate, withoutPurpose
        case foreign, selfSigned, expired, notYetValid, forServers, missingIntermediate

        /// Words of the refusal; nil for those that are let in.
        var refusal: String? {
            switch self {
            case .good, .throughIntermediate, .withoutPurpose: nil
            case .nothing: "A client certificate is required, and none was shown."
            case .foreign, .selfSigned, .missingIntermediate: "no trusted authority has issued it."
            case .expired: "it or its issuer has expired."
            case .notYetValid: "it or its issuer is not valid yet."
            case .forServers: "it is not for TLS clients."
            }
        }

        func make(_ authority: TestCertificateAuthority) throws -> TestCertificate? {
            func issue(
                _ authority: TestCertificateAuthority, _ usages: [TestCertificateUsage] = [.clientAuth],
                _ validity: TestCertificateValidity = .current
            ) throws -> TestCertificate {
                try authority.issue(commonName: "client", usages: usages, validity: validity)
            }
            switch self {
            case .nothing: return nil
            case .good: return try issue(authority)
            case .throughIntermediate: return try issue(authority.issueAuthority(name: "Between"))
            case .missingIntermediate:
                let issued = try issue(authority.issueAuthority(name: "Between"))
                return TestCertificate(
                    certificatePEM: issued.certificatePEM, privateKeyPEM: issued.privateKeyPEM,
                    serialNumber: issued.serialNumber)
            case .withoutPurpose: return try issue(authority, [])
            // The name alone makes no authority.
            case .foreign: return try issue(TestCertificateAuthority(name: authority.name))
            case .selfSigned: return try .selfSigned(commonName: "client", usages: [.clientAuth])
            case .expired: return try issue(authority, [.clientAuth], .expired)
            case .notYetValid: return try issue(authority, [.clientAuth], .notYetValid)
            case .forServers: return try issue(authority, [.serverAuth])
            }
        }
    }

    private let harness: APIHarness
    private let scratch: ScratchDirectory
    private let authority: TestCertificateAuthority

    init() throws {
        harness = try APIHarness()
        scratch = try ScratchDirectory()
        authority = try TestCertificateAuthority(name: "Client CA")
    }

    /// A server that requires certificates of the authority, for as long as `body` runs.
    private func served<Result>(
        limits: HTTPServer.Limits = .init(), logger: Logger = HTTPTestServer.logger, _ body: (UInt16) throws -> Result
    ) async throws -> Result {
        let made = try SelfSignedCertificate.make(names: [])
        try scratch.write(String(decoding: made.certificatePEM, as: UTF8.self), to: "server.pem")
        let identity = try ServerIdentity(
            certificatePEM: made.certificatePEM, keyPEM: made.keyPEM, clientAuthoritiesPEM: authority.certificatePEM)
        let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        let server = try HTTPServer(
            listeners: [.init(socket, identity: identity)], limits: limits, handler: harness.handler, logger: logger)
        try server.start()
        let result = Swift.Result { try body(socket.port) }
        await server.stop(within: .seconds(5))
        return try result.get()
    }

    /// Asks with curl: the status codes, and the last body.
    private func curl(
        _ port: UInt16, _ shown: TestCertificate?, _ paths: [String], _ arguments: [String] = []
    ) throws -> (statuses: [String], body: String) {
        var arguments =
            ["--silent", "--max-time", "60", "--noproxy", "*", "--cacert", scratch.file("server.pem")] + arguments
        if let shown {
            let both = shown.chainPEM + shown.privateKeyPEM
            arguments += ["--cert", try scratch.write(String(decoding: both, as: UTF8.self), to: "client.pem")]
        }
        for path in paths {
            arguments += [
                "--write-out", "%{http_code}\n", "--output", scratch.file("body"), "https://localhost:\(port)\(path)",
            ]
        }
        try? FileManager.default.removeItem(atPath: scratch.file("body"))
        let process = try ServerProcess("curl-\(UUID().uuidString)", .init("/usr/bin/curl", arguments), in: scratch)
        #expect(try process.waitForExit(within: .seconds(120)) == .code(0))
        return (
            process.log.split(separator: "\n").map(String.init),
            (try? String(contentsOfFile: scratch.file("body"), encoding: .utf8)) ?? ""
        )
    }

    private static let json = ["--header", "Accept: application/json"]

    @Test(arguments: Shown.allCases, ["1.2", "1.3"])
    func `a certificate is required and looked at`(shown: Shown, version: String) async throws {
        let certificate = try shown.make(authority)
        let answer = try await served { port in
            try curl(port, certificate, ["/healthz"], Self.json + ["--tlsv\(version)", "--tls-max", version])
        }
        if let refusal = shown.refusal {
            #expect(answer.statuses == ["403"])
            #expect(answer.body.contains(#""title":"invalidOperation","status":403,"detail":""#))
            #expect(answer.body.contains("\(refusal)\"}"), "\(answer.body)")
        } else {
            #expect(answer.statuses == ["200"])
        }
    }

    @Test func `the password is asked for besides`() async throws {
        let certificate = try Shown.good.make(authority)
        let user = ["--user", "admin:pw"]
        let path = "/api/v1/configuration/xmpp"
        try await served { (port: UInt16) throws -> Void in
            #expect(try curl(port, certificate, [path]).statuses == ["401"])
            #expect(try curl(port, certificate, [path, path], user).statuses == ["200", "200"])
            // Without a certificate nobody learns whether a password is right.
            #expect(try curl(port, nil, [path], user).statuses == ["403"])
            #expect(try curl(port, nil, [path], ["--user", "admin:wrong"]).statuses == ["403"])
            #expect(try curl(port, nil, ["/nothing", "/"]).statuses == ["403", "403"])
        }
    }

    @Test func `a connection above the limit is told so, and its certificate is not looked at`() async throws {
        let lines = NIOLockedValueBox<[String]>([])
        var limits = HTTPServer.Limits()
        limits.connections = 0
        let logger = Logger(label: "test") { _ in NotedLines(lines: lines) }
        let certificate = try Shown.foreign.make(authority)
        let answer = try await served(limits: limits, logger: logger) { try curl($0, certificate, ["/healthz"]) }
        #expect(answer.statuses == ["503"])
        #expect(!lines.withLockedValue { $0.contains("client certificate refused") })
    }

    @Test(arguments: ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func `a file without an authority is refused`(text: String) throws {
        let made = try SelfSignedCertificate.make(names: [])
        let identity = try ServerIdentity(
            certificatePEM: made.certificatePEM, keyPEM: made.keyPEM, clientAuthoritiesPEM: authority.certificatePEM)
        let error = #expect(throws: HTTPServerError.self) {
            try identity.replace(
                certificatePEM: made.certificatePEM, keyPEM: made.keyPEM, clientAuthoritiesPEM: Array(text.utf8))
        }
        #expect(error?.code == .badClientAuthorities)
        #expect(identity.credentials.clientTrust != nil)
    }
}
