import Logging
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// Who polls over one connection hears of every change, of the settings, of the state and of the users.
@Suite(.blocking) struct StandingAnswerTests {
    private let harness: APIHarness
    private let server: HTTPServer
    private let port: UInt16
    private let client: HTTPRawClient
    private static let path = "/api/v1/configuration/xmpp"

    init() throws {
        harness = try APIHarness()
        let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        server = try HTTPServer(
            listeners: [.init(socket)], threads: 1, handler: harness.handler,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        port = socket.port
        client = try HTTPRawClient(port: port)
    }

    private func ask(_ path: String, user: String = "admin", _ fields: String = "") throws -> HTTPRawClient.Answer {
        let credentials = HTTPClient.basicCredentials(user: user, password: "pw")
        try client.send(
            "GET \(path) HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\(credentials.name): \(credentials.value)\r\n"
                + "\(fields)\r\n")
        return try client.answer()
    }

    /// Answers with 200 that were counted for a route.
    private func counted(_ template: RouteTemplate, code: Int = 200) -> Int {
        harness.requestMetrics.counted.series.first { $0.template == template && $0.method == "GET" }?
            .codes.first { $0.code == code }?.count ?? 0
    }

    @Test func `a change of the settings`() async throws {
        for number in 0..<5 {
            _ = try await harness.ask("PUT", Self.path, body: "uniqueName=cb\(number)")
            for _ in 0..<3 {
                let answer = try ask(Self.path)
                #expect(answer.body.contains("\"uniqueName\":\"cb\(number)\""))
                #expect(answer.fields["etag"]?.hasPrefix("\"\(number + 1)-") == true)
            }
        }
        #expect(counted(.configuration) == 15)
        await server.stop(within: .seconds(5))
    }

    @Test func `a change of the state`() async throws {
        for number in 0..<5 {
            harness.bridge.publish { $0.attempts = number }
            for _ in 0..<3 { #expect(try ask(Self.path + "/status").body.contains("\"attempts\":\(number)")) }
        }
        #expect(counted(.status) == 15)
        await server.stop(within: .seconds(5))
    }

    @Test func `the end of a user, and another role`() async throws {
        for _ in 0..<3 { #expect(try ask(Self.path, user: "reader").status == 200) }
        harness.setRole(.login, of: "reader")
        for _ in 0..<3 { #expect(try ask(Self.path, user: "reader").status == 403) }
        harness.setRole(.readonly, of: "reader")
        for _ in 0..<3 { #expect(try ask(Self.path, user: "reader").status == 200) }
        harness.removeUser("reader")
        for _ in 0..<3 { #expect(try ask(Self.path, user: "reader").status == 401) }
        #expect(try ask(Self.path, user: "admin").status == 200)
        await server.stop(within: .seconds(5))
    }

    @Test func `ten wrong passwords from there`() async throws {
        for _ in 0..<3 { #expect(try ask(Self.path).status == 200) }
        let other = try HTTPRawClient(port: port)
        let wrong = HTTPClient.basicCredentials(user: "admin", password: "wrong")
        for _ in 0..<10 {
            try other.send("GET \(Self.path) HTTP/1.1\r\nHost: x\r\n\(wrong.name): \(wrong.value)\r\n\r\n")
            #expect(try other.answer().status == 401)
        }
        #expect(try ask(Self.path).status == 429)
        await server.stop(within: .seconds(5))
    }

    @Test func `who knows the tag is told each time that nothing is new, and what is new at once`() async throws {
        let tag = try #require(try ask(Self.path).fields["etag"])
        for _ in 0..<3 { #expect(try ask(Self.path, "If-None-Match: \(tag)\r\n").status == 304) }
        _ = try await harness.ask("PUT", Self.path, body: "uniqueName=cb9")
        let answer = try ask(Self.path, "If-None-Match: \(tag)\r\n")
        #expect(answer.status == 200)
        #expect(answer.body.contains("cb9"))
        await server.stop(within: .seconds(5))
    }

    @Test func `a wait is no answer that stands`() async throws {
        for _ in 0..<3 {
            let answer = try ask(Self.path + "/status?waitFor=waiting&timeout=1")
            #expect(answer.status == 200)
        }
        harness.bridge.publish { $0.attempts = 77 }
        #expect(try ask(Self.path + "/status?waitFor=waiting&timeout=1").body.contains("77"))
        await server.stop(within: .seconds(5))
    }
}
