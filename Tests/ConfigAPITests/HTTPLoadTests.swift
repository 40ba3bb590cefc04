import Dispatch
import HTTPTypes
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// What a server says of its own load.
@Suite(.blocking) struct HTTPLoadTests {
    @Test func `connections, those turned away, and requests that wait are counted`() async throws {
        let held = WatchedValue<[HTTPResponder]>([])
        let test = try HTTPTestServer(
            limits: HTTPLimitsTests.limits {
                $0.connections = 1
                $0.refusedConnections = 0
            },
            handler: HTTPTestHandler { _, responder in
                held.update { $0.append(responder) }
                return .later
            })
        #expect(test.server.load == HTTPServerLoad())
        let client = try test.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await held.wait { !$0.isEmpty }
        let turnedAway = try test.client()
        #expect(try turnedAway.rest() == "")
        // The handler has been called; that the connection waits is noted right after it has returned.
        let deadline = ContinuousClock.now + .seconds(120)
        while test.server.load.waiting == 0, ContinuousClock.now < deadline { await Task.yield() }
        #expect(
            test.server.load
                == HTTPServerLoad(
                    connections: 1, connectionsMade: 1, connectionsRefused: 1, requests: 1, waiting: 1))
        held.update { responders in
            for responder in responders { responder.respond(.text("done")) }
            responders = []
        }
        #expect(try client.answer().body == "done")
        await test.stop()
        #expect(
            test.server.load
                == HTTPServerLoad(connections: 0, connectionsMade: 1, connectionsRefused: 1, requests: 0, waiting: 0))
    }
}
