import Foundation
import HTTPTypes
import Logging
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

    @Test func `a wrong query is a parameterError`() async throws {
        let answer = try await harness.ask("GET", path + "?waitFor=up&timeout=0")
        #expect(answer.status == 400)
        #expect(
            answer.body
                == #"<?xml version="1.0"?><failureDetails><parameterError parameter="waitFor" error="invalidValue" />"#
                + #"<parameterError parameter="timeout" error="invalidValue" /></failureDetails>"#)
    }

    @Test func `who has been removed meanwhile learns nothing more`() async throws {
        let harness = try APIHarness()
        _ = try await harness.ask("GET", path, user: "reader")
        let request = try harness.request("GET", path + "?waitFor=connected&timeout=300", user: "reader")
        let (reader, admin) = (NotedResponder(), NotedResponder())
        #expect(harness.handler.answer(request, reader) == nil)
        let other = try harness.request("GET", path + "?waitFor=connected&timeout=300", user: "admin")
        #expect(harness.handler.answer(other, admin) == nil)
        _ = try await reader.answers.wait { $0.isWatched }
        _ = try await admin.answers.wait { $0.isWatched }
        harness.removeUser("reader")
        harness.bridge.publish { $0.state = .connected }
        #expect(try await reader.answers.wait { !$0.responses.isEmpty }.responses.map(\.status) == [.unauthorized])
        #expect(try await admin.answers.wait { !$0.responses.isEmpty }.responses.map(\.status) == [.ok])
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

    // MARK: Streams

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
