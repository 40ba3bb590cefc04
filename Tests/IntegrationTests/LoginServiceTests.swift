import Foundation
import TestSupport
import Testing

/// `--login-mode http`, the whole way: a client at a real Prosody, its module, the component stream, and an HTTPS service.
@Suite struct LoginServiceTests {
    private let prosody: Prosody
    private let service: LoginHTTPService

    init() throws {
        prosody = try Prosody(certificate: .anyServer, logins: [.callBridge("example.test")])
        service = try LoginHTTPService()
    }

    private func server(_ further: [String]) throws -> APIServerProcess {
        let server = try APIServerProcess(
            .trusting(further: ["--login-mode", "http", "--login-url", service.url] + further))
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        return server
    }

    private func logIn(_ name: String, _ password: String) throws -> ClientLogin.Result {
        try ClientLogin(as: "\(name)@example.test", password: password, port: prosody.loginPort).result()
    }

    @Test func `the service decides, and its absence is nobody's wrong password`() throws {
        let server = try server(["--login-ca-file", TestPKI.shared().authority])
        #expect(try logIn("alice", LoginHTTPService.password).outcome == .accepted)
        #expect(try logIn("alice", "wrong one").isNotAuthorized)
        #expect(try logIn("bob", LoginHTTPService.password).isNotAuthorized)
        let first = try #require(try service.asked.first)
        #expect(first.contains(#""username":"alice","host":"example.test""#), "\(first)")
        _ = service.process.stop()
        #expect(try logIn("alice", LoginHTTPService.password).isTemporary)
        try service.process.restart()
        try service.process.waitUntilListening(on: [service.port])
        #expect(try logIn("alice", LoginHTTPService.password).outcome == .accepted)
        #expect(!server.process.log.contains("wrong one") && !server.process.log.contains(LoginHTTPService.password))
    }

    @Test func `a service that is not trusted gets no password`() throws {
        let server = try server([])
        #expect(try logIn("alice", LoginHTTPService.password).isTemporary)
        #expect(try service.asked.isEmpty)
        try server.process.waitForLog(containing: "certificate")
    }
}
