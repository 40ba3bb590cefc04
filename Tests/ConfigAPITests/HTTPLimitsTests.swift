import Glibc
import HTTPTypes
import Testing

@testable import ConfigAPI

@Suite(.blocking) struct HTTPLimitsTests {
    static func limits(_ change: (inout HTTPServer.Limits) -> Void) -> HTTPServer.Limits {
        var limits = HTTPServer.Limits()
        limits.bodyBytes = 1000
        limits.discardedBodyBytes = 10_000
        change(&limits)
        return limits
    }

    static func chunked(_ count: Int) -> String {
        "Transfer-Encoding: chunked\r\n\r\n"
            + String(repeating: "64\r\n\(String(repeating: "a", count: 100))\r\n", count: count / 100) + "0\r\n\r\n"
    }

    static func plain(_ count: Int) -> String {
        "Content-Length: \(count)\r\n\r\n" + String(repeating: "a", count: count)
    }

    @Test(arguments: [
        (plain(1000), 200), (plain(1001), 413), (plain(9000), 413), (plain(20_000), 413), (chunked(1000), 200),
        (chunked(1100), 413), (chunked(9000), 413), ("Content-Length: 18446744073709551615\r\n\r\n", 413),
        ("Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413),
    ])
    func `refuses a body over the limit and closes`(request: String, status: Int) async throws {
        let test = try HTTPTestServer(limits: Self.limits { _ in })
        let client = try test.client()
        _ = client.trySend(Array("PUT / HTTP/1.1\r\nHost: x\r\n\(request)".utf8))
        let answer = try client.answer()
        #expect(answer.status == status)
        if status == 413 {
            #expect(answer.body == "refused")
            #expect(try client.rest() == "")
        }
        await test.stop()
    }

    @Test func `cuts an endless chunked body off`() async throws {
        let test = try HTTPTestServer(limits: Self.limits { _ in })
        let client = try test.client()
        try client.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        var sent = 0
        while client.trySend(Array("3e8\r\n\(String(repeating: "a", count: 1000))\r\n".utf8)), sent < 100_000 {
            sent += 1
        }
        #expect(sent < 100_000)
        await test.stop()
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\nHo", "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc"])
    func `cuts a client off that sends byte after byte`(beginning: String) async throws {
        let test = try HTTPTestServer(limits: Self.limits { $0.requestDeadline = .milliseconds(300) })
        let client = try test.client()
        let start = ContinuousClock.now
        try client.send(beginning)
        while client.trySend([UInt8(ascii: "a")]), start.duration(to: .now) < .seconds(15) {
            // A byte now and then is what this is about.
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(start.duration(to: .now) < .seconds(10))
        #expect(start.duration(to: .now) > .milliseconds(290))
        await test.stop()
    }

    @Test func `closes an idle connection, but not one that waits for its answer`() async throws {
        let room = HTTPWaitingRoom()
        let test = try HTTPTestServer(
            limits: Self.limits {
                $0.idleTimeout = 1
                $0.requestDeadline = .milliseconds(200)
            }, handler: room.handler)
        do {
            let waiting = try test.client()
            try waiting.send(HTTPWaitingTests.request)
            #expect(room.waitForRequests(1))
            let idle = try test.client()
            try idle.send(HTTPWaitingTests.request)
            #expect(room.waitForRequests(1))
            let responders = room.takeAll()
            responders[1].respond(.text("now"))
            #expect(try idle.answer().body == "now")
            let silent = try test.client()
            #expect(try silent.rest() == "")
            #expect(try idle.rest() == "")
            responders[0].respond(.text("later"))
            #expect(try waiting.answer().body == "later")
        }
        await test.stop()
    }

    @Test func `cuts a client off that does not take its answer`() async throws {
        let test = try HTTPTestServer(
            limits: Self.limits {
                $0.responseDeadline = .seconds(3)
                $0.idleTimeout = 600
            },
            handler: HTTPTestHandler { _, _ in
                .respond(HTTPServerResponse(status: .ok, body: [UInt8](repeating: 65, count: 30_000_000)))
            })
        let client = try test.client()
        try client.send(HTTPWaitingTests.request)
        _ = try client.head()
        // Nothing is read here until the server has closed; its context goes with the connection.
        let start = ContinuousClock.now
        while test.server.counters.connectionsFreed == 0, start.duration(to: .now) < .seconds(60) {
            // Nothing tells when a context is freed; this looks now and then, and the expectation below decides.
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(test.server.counters.connectionsFreed == 1)
        await test.stop()
    }

    @Test func `tells connections over the soft limit 503 and closes those over the hard one`() async throws {
        let room = HTTPWaitingRoom()
        let test = try HTTPTestServer(
            limits: Self.limits {
                $0.connections = 3
                $0.refusedConnections = 2
            }, handler: room.handler)
        let served = try (0..<3).map { _ in try test.client() }
        for client in served { try client.send(HTTPWaitingTests.request) }
        #expect(room.waitForRequests(3))
        let refused = try (0..<2).map { _ in try test.client() }
        let closed = try test.client()
        #expect(try closed.rest() == "")
        for client in refused {
            try client.send(HTTPWaitingTests.request)
            let answer = try client.answer()
            #expect(answer.status == 503)
            #expect(answer.fields["retry-after"] == "1")
            #expect(try client.rest() == "")
        }
        for responder in room.takeAll() { responder.respond(.text("served")) }
        for client in served { #expect(try client.answer().body == "served") }
        await test.stop()
    }

    @Test func `tells connections over the limit of one address 503, a few at a time, and closes the rest`()
        async throws
    {
        let test = try HTTPTestServer(
            limits: Self.limits {
                $0.connectionsPerAddress = 2
                $0.refusedConnectionsPerAddress = 1
            })
        let first = try test.client()
        let second = try test.client()
        for client in [first, second] {
            try client.send(HTTPWaitingTests.request)
            #expect(try client.answer().status == 200)
        }
        let refused = try test.client()
        #expect(try test.client().rest() == "")
        try refused.send(HTTPWaitingTests.request)
        #expect(try refused.answer().status == 503)
        #expect(try refused.rest() == "")
        first.close()
        Self.wait(for: test, toHave: 1)
        let third = try test.client()
        for client in [second, third] {
            try client.send(HTTPWaitingTests.request)
            #expect(try client.answer().status == 200)
        }
        await test.stop()
    }

    /// Nothing tells when a connection is gone; this looks until it is, and what follows decides.
    private static func wait(for test: HTTPTestServer, toHave count: Int) {
        let start = ContinuousClock.now
        while test.server.connectionCount > count, start.duration(to: .now) < .seconds(120) { usleep(1000) }
    }

    @Test func `goes on serving those it has while two hundred others push`() async throws {
        let test = try HTTPTestServer(
            limits: Self.limits {
                $0.connections = 4
                $0.refusedConnections = 8
            })
        let served = try (0..<4).map { _ in try test.client() }
        for client in served {
            try client.send(HTTPWaitingTests.request)
            #expect(try client.answer().status == 200)
        }
        var others: [HTTPRawClient] = []
        for number in 0..<200 {
            let other = try test.client()
            _ = other.trySend(Array(HTTPWaitingTests.request.utf8))
            others.append(other)
            let client = served[number % served.count]
            try client.send(HTTPWaitingTests.request)
            #expect(try client.answer().status == 200)
        }
        // Each of the others was told, or closed without a word.
        for other in others {
            let rest = try other.rest()
            #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 503 "))
        }
        #expect(test.server.counters.connectionsMade >= 4 + 8)
        for client in served {
            try client.send(HTTPWaitingTests.request)
            #expect(try client.answer().status == 200)
        }
        await test.stop()
    }
}
