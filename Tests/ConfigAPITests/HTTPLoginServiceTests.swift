import BridgeEngine
import HTTPTypes
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// Against a real HTTP server on loopback.
@Suite struct HTTPLoginServiceTests {
    /// What the server was asked, and what it says.
    private final class Service: Sendable {
        let requests = WatchedValue<[HTTPServerRequest]>([])
        let held = NIOLockedValueBox<[HTTPResponder]>([])
        let answer: NIOLockedValueBox<HTTPServerResponse?>

        /// - Parameter answer: nil: it comes when the test says so.
        init(_ answer: HTTPServerResponse?) { self.answer = NIOLockedValueBox(answer) }

        var handler: HTTPTestHandler {
            HTTPTestHandler { request, responder in
                let answer = self.answer.withLockedValue { $0 }
                if answer == nil { self.held.withLockedValue { $0.append(responder) } }
                self.requests.update { $0.append(request) }
                return answer.map(HTTPHandling.respond) ?? .later
            }
        }
    }

    private let request = LoginRequest(
        username: "alice", host: "example.test", resource: "web", password: Secret("p\"w\\ü"))

    private func url(_ test: HTTPTestServer, _ path: String = "/login?site=1") -> String {
        "http://127.0.0.1:\(test.port)\(path)"
    }

    private static func response(_ status: Int) -> HTTPServerResponse {
        HTTPServerResponse(status: .init(code: status), headerFields: [.location: "/elsewhere"], body: Array("no".utf8))
    }

    @Test(arguments: [
        (200, LoginVerdict.accepted), (401, .refused(.notAuthorized)), (403, .refused(.notAuthorized)),
        (201, .failed(.serviceFailed)), (204, .failed(.serviceFailed)), (302, .failed(.serviceFailed)),
        (404, .failed(.serviceFailed)), (500, .failed(.serviceFailed)), (503, .failed(.serviceFailed)),
    ])
    func `the status code decides`(status: Int, verdict: LoginVerdict) async throws {
        let service = Service(Self.response(status))
        let test = try HTTPTestServer(handler: service.handler)
        let logins = HTTPLoginService(limit: .seconds(60), logger: HTTPTestServer.logger)
        #expect(await logins.verdict(on: request, at: url(test)) == verdict)
        // A redirect is not followed: it could lead anywhere.
        let asked = try #require(service.requests.value.first)
        #expect(service.requests.value.count == 1)
        #expect(asked.method == .post)
        #expect(asked.target == "/login?site=1")
        #expect(asked.headerFields[.contentType] == "application/json")
        #expect(
            String(decoding: asked.body, as: UTF8.self)
                == #"{"username":"alice","host":"example.test","resource":"web","password":"p\"w\\ü"}"#)
        await test.stop()
    }

    @Test func `a resource that is not known is not told`() async throws {
        let service = Service(Self.response(200))
        let test = try HTTPTestServer(handler: service.handler)
        let request = LoginRequest(username: "alice", host: "example.test", password: Secret(""))
        #expect(
            await HTTPLoginService(limit: .seconds(60), logger: HTTPTestServer.logger).verdict(
                on: request, at: url(test)) == .accepted)
        #expect(
            String(decoding: service.requests.value.first?.body ?? [], as: UTF8.self)
                == #"{"username":"alice","host":"example.test","password":""}"#)
        await test.stop()
    }

    @Test func `an endless answer is cut off, and its status counts`() async throws {
        var long = Self.response(200)
        long.body = [UInt8](repeating: 0x61, count: 4 << 20)
        let test = try HTTPTestServer(handler: Service(long).handler)
        #expect(
            await HTTPLoginService(limit: .seconds(60), logger: HTTPTestServer.logger).verdict(
                on: request, at: url(test)) == .accepted)
        await test.stop()
    }

    @Test func `a service that does not answer in time has failed, and its answer is not waited for`() async throws {
        let service = Service(nil)
        let test = try HTTPTestServer(handler: service.handler)
        let logins = HTTPLoginService(limit: .milliseconds(200), logger: HTTPTestServer.logger)
        let start = ContinuousClock.now
        #expect(await logins.verdict(on: request, at: url(test)) == .failed(.timedOut))
        #expect(ContinuousClock.now - start >= .milliseconds(200))
        for responder in service.held.withLockedValue({ $0 }) { responder.respond(Self.response(200)) }
        service.held.withLockedValue { $0 = [] }
        await test.stop()
    }

    @Test func `a service that takes no connection has failed`() async throws {
        let silent = try SilentListener(.v4)
        let logins = HTTPLoginService(limit: .milliseconds(200), logger: HTTPTestServer.logger)
        #expect(
            await logins.verdict(on: request, at: "http://127.0.0.1:\(silent.port)/") == .failed(.timedOut))
        silent.stop()
        let outcome = await HTTPTransfers(authorities: nil, limit: .seconds(30)).post(
            Secret("{}"), to: "http://127.0.0.1:\(silent.port)/")
        guard case .failed(let detail) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(detail.hasPrefix("Failed to connect to 127.0.0.1 port \(silent.port)"))
    }

    @Test func `a task that is cancelled hears so at once, and others go on`() async throws {
        let service = Service(nil)
        let test = try HTTPTestServer(handler: service.handler)
        let transfers = HTTPTransfers(authorities: nil, limit: .seconds(60))
        let (one, other) = (url(test, "/one"), url(test, "/other"))
        let cancelled = Task { await transfers.post(Secret("{}"), to: one) }
        let staying = Task { await transfers.post(Secret("{}"), to: other) }
        _ = try await service.requests.wait { $0.count == 2 }
        cancelled.cancel()
        #expect(await cancelled.value == .cancelled)
        for responder in service.held.withLockedValue({ $0 }) { responder.respond(Self.response(200)) }
        service.held.withLockedValue { $0 = [] }
        #expect(await staying.value == .answered(200))
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await transfers.post(Secret("{}"), to: one)
        }
        #expect(await late.value == .cancelled)
        #expect(service.requests.value.count == 2, "a task that was cancelled before has asked nothing")
        await test.stop()
    }

    @Test func `many at once are all answered, over connections that are kept`() async throws {
        let service = Service(Self.response(200))
        let test = try HTTPTestServer(threads: 2, handler: service.handler)
        let logins = HTTPLoginService(limit: .seconds(60), logger: HTTPTestServer.logger)
        let url = url(test)
        let accepted = await withTaskGroup(of: LoginVerdict.self) { group in
            for number in 0..<1000 {
                let request = LoginRequest(username: "u\(number)", host: "example.test", password: Secret("pw"))
                group.addTask { await logins.verdict(on: request, at: url) }
            }
            return await group.reduce(into: 0) { if $1 == .accepted { $0 += 1 } }
        }
        #expect(accepted == 1000)
        #expect(service.requests.value.count == 1000)
        #expect(test.server.counters.connectionsMade <= 32)
        await test.stop()
    }

    @Test func `other authorities count from the next login on`() async throws {
        let authority = try TestCertificateAuthority(name: "Test CA")
        let certificate = try authority.issue(commonName: nil, names: [.dns("localhost")])
        let identity = try ServerIdentity(
            certificatePEM: certificate.certificatePEM, keyPEM: certificate.privateKeyPEM)
        let test = try HTTPTestServer(identity: identity, handler: Service(Self.response(200)).handler)
        let other = try TestCertificateAuthority(name: "Other CA")
        let logins = HTTPLoginService(
            authorities: authority.certificatePEM, limit: .seconds(60), logger: HTTPTestServer.logger)
        let url = "https://localhost:\(test.port)/login"
        #expect(await logins.verdict(on: request, at: url) == .accepted)
        // The connection that is kept is the old authorities'.
        logins.trust(other.certificatePEM)
        #expect(await logins.verdict(on: request, at: url) == .failed(.serviceFailed))
        logins.trust(authority.certificatePEM)
        #expect(await logins.verdict(on: request, at: url) == .accepted)
        await test.stop()
    }

    @Test func `over HTTPS, with a certificate that is checked`() async throws {
        let authority = try TestCertificateAuthority(name: "Test CA")
        let certificate = try authority.issue(commonName: nil, names: [.dns("localhost")])
        let other = try authority.issue(commonName: nil, names: [.dns("other.test")])
        func verdict(_ certificate: TestCertificate, trusting authorities: [UInt8]?) async throws -> LoginVerdict {
            let identity = try ServerIdentity(
                certificatePEM: certificate.certificatePEM, keyPEM: certificate.privateKeyPEM)
            let test = try HTTPTestServer(identity: identity, handler: Service(Self.response(200)).handler)
            let logins = HTTPLoginService(
                authorities: authorities, limit: .seconds(60), logger: HTTPTestServer.logger)
            let verdict = await logins.verdict(on: request, at: "https://localhost:\(test.port)/login")
            await test.stop()
            return verdict
        }
        #expect(try await verdict(certificate, trusting: authority.certificatePEM) == .accepted)
        #expect(try await verdict(other, trusting: authority.certificatePEM) == .failed(.serviceFailed))
        #expect(try await verdict(certificate, trusting: nil) == .failed(.serviceFailed))
        let stranger = try TestCertificateAuthority(name: "Other CA")
        #expect(try await verdict(certificate, trusting: stranger.certificatePEM) == .failed(.serviceFailed))
        #expect(try await verdict(certificate, trusting: Array("no certificate".utf8)) == .failed(.serviceFailed))
    }
}
