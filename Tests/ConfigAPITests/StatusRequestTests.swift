import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// Long polls and event streams, as requests.
@Suite(.blocking) struct StatusRequestTests {
    private let harness: APIHarness
    private let path = "/api/v1/configuration/xmpp/status"
    private let json = (name: "Accept", value: "application/json")

    init() throws {
        harness = try APIHarness()
    }

    // MARK: Long polls

    @Test func `a state that is reached already is answered at once`() async throws {
        let answer = try await harness.ask("GET", path + "?waitFor=waiting&revision=0&timeout=300", [json])
        #expect(answer.status == 200)
        #expect(answer.header("ETag") == "\"b007-5-json\"")
        #expect(answer.body.hasPrefix(#"{"state":"waiting","boot":"b007","sequence":5,"#))
    }

    @Test func `a state that is reached later is answered then`() async throws {
        let harness = harness
        async let waiting = harness.ask("GET", path + "?waitFor=connected&revision=3&timeout=300", [json])
        // Whether these come before or after the wait has begun makes no difference.
        harness.bridge.publish { $0.state = .connected }
        harness.bridge.publish { $0.revision = 2 }
        harness.bridge.publish { status in
            status.state = .connecting
            status.revision = 3
        }
        harness.bridge.publish { $0.state = .connected }
        let answer = try await waiting
        #expect(answer.status == 200)
        #expect(answer.header("ETag") == "\"b007-9-json\"")
    }

    @Test func `when the time is up the current status comes with 504`() async throws {
        let answer = try await harness.ask("GET", path + "?waitFor=connected&timeout=1")
        #expect(answer.status == 504)
        #expect(answer.header("Content-Type") == "text/xml")
        #expect(answer.body.contains("<state>waiting</state>"))
    }

    @Test func `the logins over the connection are part of the status`() async throws {
        var logins = LoginCounts()
        for verdict in [.accepted, .accepted, .refused(.notAuthorized)] as [LoginVerdict] { logins.count(verdict) }
        harness.bridge.publish { status in
            status.state = .connected
            status.loginRequests = logins
        }
        let inJSON = try await harness.ask("GET", path, [json])
        #expect(inJSON.body.contains(#""loginRequests":{"accepted":2,"refused":1,"failed":0}"#))
        let inXML = try await harness.ask("GET", path)
        let element = "<accepted>2</accepted><refused>1</refused><failed>0</failed>"
        #expect(inXML.body.contains("<loginRequests>\(element)</loginRequests>"))
    }

    @Test func `a wrong query is a parameterError`() async throws {
        let answer = try await harness.ask("GET", path + "?waitFor=up&timeout=0")
        #expect(answer.status == 400)
        #expect(
            answer.body
                == #"<?xml version="1.0"?><failureDetails><parameterError parameter="waitFor" error="invalidValue" />"#
                + #"<parameterError parameter="timeout" error="invalidValue" /></failureDetails>"#)
    }

    @Test(arguments: [
        ("GET", "/status?waitFor=connected&timeout=300"), ("HEAD", "/status?waitFor=connected"), ("POST", "/check"),
    ])
    func `who has been removed meanwhile learns nothing more`(method: String, rest: String) async throws {
        let harness = try APIHarness()
        harness.bridge.holdsChecks.update { $0 = true }
        harness.bridge.answerChecks(with: .success(.sample(revision: nil)))
        let responders = try ["api", "admin"].map { user in
            let responder = NotedResponder()
            let request = try harness.request(
                method, "/api/v1/configuration/xmpp" + rest,
                body: method == "POST" ? "uniqueName=cb1&domain=example.test&sharedSecret=s" : "", user: user)
            #expect(harness.handler.answer(request, responder) == nil)
            return responder
        }
        for responder in responders { _ = try await responder.answers.wait { $0.isWatched } }
        harness.removeUser("api")
        harness.bridge.publish { $0.state = .connected }
        harness.bridge.holdsChecks.update { $0 = false }
        var statuses: [Int] = []
        for responder in responders {
            statuses += try await responder.answers.wait { !$0.responses.isEmpty }.responses.map(\.status.code)
        }
        #expect(statuses == [401, 200])
    }

    @Test func `who has lost the right to check meanwhile is not told its result`() async throws {
        let harness = try APIHarness()
        harness.bridge.holdsChecks.update { $0 = true }
        harness.bridge.answerChecks(with: .success(.sample(revision: nil)))
        let request = try harness.request(
            "POST", "/api/v1/configuration/xmpp/check", body: "uniqueName=cb1&domain=example.test&sharedSecret=s",
            user: "api")
        let responder = NotedResponder()
        #expect(harness.handler.answer(request, responder) == nil)
        _ = try await responder.answers.wait { $0.isWatched }
        harness.setRole(.readonly, of: "api")
        harness.bridge.holdsChecks.update { $0 = false }
        #expect(try await responder.answers.wait { !$0.responses.isEmpty }.responses.map(\.status) == [.forbidden])
    }

    @Test func `a stream of who has been removed before it begins does not begin`() async throws {
        let harness = try APIHarness()
        _ = try await harness.ask("GET", path, user: "reader")
        let request = try harness.request("GET", path, [("Accept", "text/event-stream")], user: "reader")
        let reader = NotedResponder()
        harness.feed.whenIdle {
            #expect(harness.handler.answer(request, reader) == nil)
            harness.removeUser("reader")
            harness.feed.endStreams()
        }
        let answers = try await reader.answers.wait { !$0.responses.isEmpty }
        #expect(answers.responses.map(\.status) == [.serviceUnavailable])
        #expect(answers.stream.isEmpty)
    }

    // MARK: Conditional requests

    @Test func `a status that the client has is not sent again`() async throws {
        for tag in ["\"b007-5-json\"", "\"b007-5\"", "*", "\"x\", W/\"b007-5-json\""] {
            let answer = try await harness.ask("GET", path, [json, ("If-None-Match", tag)])
            #expect(answer.status == 304, "\(tag)")
            #expect(answer.header("ETag") == "\"b007-5-json\"")
        }
        #expect(try await harness.ask("GET", path, [("If-None-Match", "\"b007-5-json\"")]).status == 200)
    }

    @Test func `who prefers to wait hears of the next change`() async throws {
        let harness = harness
        async let waiting = harness.ask(
            "GET", path, [json, ("If-None-Match", "\"b007-5-json\""), ("Prefer", "wait=300")])
        async let other = harness.ask("GET", path, [json, ("If-None-Match", "\"b007-5\""), ("Prefer", "wait=300")])
        harness.bridge.publish { $0.attempts += 1 }
        // Where the change was quicker than the request, there is nothing to wait for.
        for answer in try await [waiting, other] {
            #expect(answer.status == 200)
            #expect(answer.header("ETag") == "\"b007-6-json\"")
        }
    }

    @Test func `when nothing changes there is nothing new`() async throws {
        let answer = try await harness.ask("GET", path, [("If-None-Match", "\"b007-5-xml\""), ("Prefer", "wait=1")])
        #expect(answer.status == 304)
        #expect(answer.header("Preference-Applied") == "wait=1")
    }

    @Test func `a preference without a status that is known changes nothing`() async throws {
        let answer = try await harness.ask("GET", path, [("Prefer", "wait=300")])
        #expect(answer.status == 200)
        #expect(answer.header("Preference-Applied") == nil)
    }

    @Test func `what was waited for is told also to who knows it`() async throws {
        let answer = try await harness.ask(
            "GET", path + "?waitFor=waiting", [json, ("If-None-Match", "\"b007-5-json\"")])
        #expect(answer.status == 200)
    }

    // MARK: Streams

    @Test(arguments: [
        ("text/event-stream;q=0, application/json", "application/json"), ("text/event-streams", "text/xml"),
    ])
    func `no stream is sent to who does not ask for one`(accept: String, type: String) async throws {
        #expect(try await harness.ask("GET", path, [("Accept", accept)]).header("Content-Type") == type)
    }

    @Test func `a stream waits for nothing`() async throws {
        let answer = try await harness.ask("GET", path + "?waitFor=connected", [("Accept", "text/event-stream")])
        #expect(answer.status == 400)
        #expect(answer.body.contains(#"<parameterError parameter="waitFor" error="invalidValue" />"#))
    }

    @Test func `the end of the server does not wait for those who wait`() async throws {
        let directory = try ScratchDirectory()
        let store = try Store(path: directory.path + "/store.sqlite")
        try store.addUser("admin", role: .admin, password: Secret("password"))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bridge = Bridge(
            tls: try TLSMaterial(certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: nil),
            resolver: StubResolver(), eventLoop: group.next(), logger: HTTPTestServer.logger)
        let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        let logins = LoginSettings(store: store)
        let server = try APIServer(
            store: store, bridge: bridge, logins: logins,
            gate: try LoginGate(store: store, settings: logins, logger: HTTPTestServer.logger),
            listeners: [.init(socket)], version: "test", threads: 1, logger: HTTPTestServer.logger)
        try server.start()
        let credentials = HTTPClient.basicCredentials(user: "admin", password: "password").value
        let end = "Host: box\r\nAuthorization: \(credentials)\r\n\r\n"
        let (waiting, following) = (try HTTPRawClient(port: socket.port), try HTTPRawClient(port: socket.port))
        for client in [waiting, following] {
            try client.send("GET \(path) HTTP/1.1\r\n\(end)")
            #expect(try client.answer().status == 200)
        }
        try waiting.send("GET \(path)?waitFor=connected&timeout=300 HTTP/1.1\r\n\(end)")
        try following.send("GET \(path) HTTP/1.1\r\nAccept: text/event-stream\r\n\(end)")
        #expect(try following.head().hasPrefix("HTTP/1.1 200 OK"))
        let begin = ContinuousClock.now
        await server.stop(within: .seconds(300))
        #expect(begin.duration(to: .now) < .seconds(100))
        #expect(try waiting.answer().status == 503)
        await bridge.stop()
        await server.finish()
        try await group.shutdownGracefully()
    }

    @Test func `events come over a connection as they happen`() async throws {
        let harness = harness
        let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        let server = try HTTPServer(
            listeners: [.init(socket)], handler: harness.handler,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        let client = try HTTPRawClient(port: socket.port)
        let credentials = HTTPClient.basicCredentials(user: "reader", password: "pw").value
        try client.send(
            """
            GET \(path) HTTP/1.1\r\nHost: box\r\nAccept: text/event-stream\r\nAuthorization: \(credentials)\r\n\r\n
            """)
        let head = try client.head()
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(head.contains("Content-Type: text/event-stream"))
        #expect(head.contains("Cache-Control: no-store"))
        #expect(head.contains("Server: Callbridge/test"))
        #expect(try client.chunk()?.hasPrefix("event: status\nid: b007-5\ndata: {\"state\":\"waiting\",") == true)
        harness.bridge.publish { $0.state = .connected }
        #expect(try client.chunk()?.hasPrefix("event: status\nid: b007-6\ndata: {\"state\":\"connected\",") == true)
        harness.feed.stop()
        #expect(try client.chunk() == nil)
        await server.stop(within: .seconds(5))
    }

    @Test func `HEAD of a stream is its head`() async throws {
        let answer = try await harness.ask("HEAD", path, [("Accept", "text/event-stream")])
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "text/event-stream")
    }
}
