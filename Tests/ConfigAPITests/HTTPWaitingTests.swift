import Dispatch
import NIOConcurrencyHelpers
import Testing

@testable import ConfigAPI

/// Collects responders and tells when there are enough.
final class HTTPWaitingRoom: Sendable {
    private let responders = NIOLockedValueBox<[HTTPResponder]>([])
    private let arrived = DispatchSemaphore(value: 0)
    private let gone = DispatchSemaphore(value: 0)

    /// A handler that lets everybody wait.
    var handler: HTTPTestHandler {
        HTTPTestHandler { [self] _, responder in
            responder.onClientGone { [gone] in gone.signal() }
            responders.withLockedValue { $0.append(responder) }
            arrived.signal()
            return .later
        }
    }

    /// Waits for further requests; false if they do not come.
    func waitForRequests(_ count: Int) -> Bool {
        (0..<count).allSatisfy { _ in arrived.wait(timeout: .now() + 20) == .success }
    }

    /// Waits for clients to leave; false if they do not.
    func waitForLeaving(_ count: Int) -> Bool {
        (0..<count).allSatisfy { _ in gone.wait(timeout: .now() + 20) == .success }
    }

    /// Whether somebody has left beyond those waited for.
    var hasFurtherLeaving: Bool { gone.wait(timeout: .now()) == .success }

    /// Takes all responders out, in the order of arrival.
    func takeAll() -> [HTTPResponder] {
        responders.withLockedValue { all in
            defer { all = [] }
            return all
        }
    }
}

@Suite(.serialized, .blocking) struct HTTPWaitingTests {
    static let request = "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"

    static var many: HTTPServer.Limits {
        var limits = HTTPServer.Limits()
        limits.connectionsPerAddress = 0
        return limits
    }

    @Test(arguments: [1, 3])
    func `answers 500 waiting requests from other threads in any order`(threads: Int) async throws {
        let workers = HTTPWorkers()
        _ = FileDescriptorLimit.raise(toHold: 4096)
        let room = HTTPWaitingRoom()
        let test = try HTTPTestServer(limits: Self.many, threads: threads, handler: room.handler)
        let clients = try (0..<500).map { _ in try test.client() }
        for round in 0..<3 {
            for client in clients { try client.send(Self.request) }
            #expect(room.waitForRequests(500))
            for responder in room.takeAll().shuffled() {
                workers.run {
                    responder.respond(.text("round \(round)"))
                    responder.respond(.text("never"))
                }
            }
            for client in clients { #expect(try client.answer().body == "round \(round)") }
        }
        workers.drain()
        #expect(!room.hasFurtherLeaving)
        await test.stop()
    }

    @Test func `keeps an answer that comes before the handler has returned`() async throws {
        let workers = HTTPWorkers()
        let test = try HTTPTestServer(
            handler: HTTPTestHandler { request, responder in
                if request.path == "/here" {
                    responder.respond(.text("early"))
                } else {
                    let done = DispatchSemaphore(value: 0)
                    workers.run {
                        responder.respond(.text("early"))
                        done.signal()
                    }
                    done.wait()
                }
                return .later
            })
        let client = try test.client()
        for path in ["/here", "/there", "/here"] {
            try client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.answer().body == "early")
        }
        workers.drain()
        await test.stop()
    }

    @Test func `answers once whether the responder or the handler's return comes first`() async throws {
        let workers = HTTPWorkers()
        let test = try HTTPTestServer(
            threads: 2,
            handler: HTTPTestHandler { request, responder in
                workers.run { responder.respond(.text(request.path)) }
                return .later
            })
        let clients = try (0..<8).map { _ in try test.client() }
        for number in 0..<250 {
            for client in clients { try client.send("GET /\(number) HTTP/1.1\r\nHost: x\r\n\r\n") }
            for client in clients { #expect(try client.answer().body == "/\(number)") }
        }
        workers.drain()
        await test.stop()
    }

    @Test func `ignores the responder when the handler answers itself`() async throws {
        let workers = HTTPWorkers()
        let test = try HTTPTestServer(
            handler: HTTPTestHandler { _, responder in
                responder.respond(.text("responder"))
                workers.run { responder.respond(.text("late")) }
                return .respond(.text("handler"))
            })
        let client = try test.client()
        for _ in 0..<50 {
            try client.send(Self.request)
            #expect(try client.answer().body == "handler")
        }
        workers.drain()
        await test.stop()
    }

    @Test(arguments: [1, 2])
    func `refuses 300 waiting requests when it stops, 50 times`(threads: Int) async throws {
        let workers = HTTPWorkers()
        _ = FileDescriptorLimit.raise(toHold: 4096)
        for round in 0..<50 {
            let room = HTTPWaitingRoom()
            let test = try HTTPTestServer(limits: Self.many, threads: threads, handler: room.handler)
            do {
                let clients = try (0..<300).map { _ in try test.client() }
                for client in clients { try client.send(Self.request) }
                #expect(room.waitForRequests(300))
                let responders = room.takeAll()
                // In every second round others answer at the same time.
                if round % 2 == 1 {
                    workers.run { for responder in responders.prefix(150) { responder.respond(.text("answered")) } }
                }
                await test.server.stop(within: .milliseconds(round % 3))
                for client in clients {
                    let answer = try client.answer()
                    #expect(answer.status == 503 || round % 2 == 1 && answer.body == "answered")
                    #expect(answer.fields["connection"]?.lowercased() == "close" || answer.body == "answered")
                }
                for responder in responders { responder.respond(.text("too late")) }
                workers.drain()
            }
            await test.stop()
        }
    }

    @Test func `finishes requests under way when it stops and takes no new ones`() async throws {
        let room = HTTPWaitingRoom()
        let test = try HTTPTestServer(handler: room.handler)
        let waiting = try test.client()
        let idle = try test.client()
        let half = try test.client()
        try waiting.send(Self.request)
        #expect(room.waitForRequests(1))
        // The interim answer shows that the server has seen the head.
        try half.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(try half.answer().status == 100)
        try idle.send(Self.request)
        #expect(room.waitForRequests(1))
        let responders = room.takeAll()
        responders[1].respond(.text("first"))
        #expect(try idle.answer().body == "first")

        async let stopped: Void = test.server.stop(within: .seconds(20))
        #expect(try idle.rest() == "")
        #expect(throws: HTTPRawClient.Failure.self) { try HTTPRawClient(port: test.port) }
        try half.send("ab")
        #expect(room.waitForRequests(1))
        responders[0].respond(.text("waited"))
        for responder in room.takeAll() { responder.respond(.text("whole")) }
        let answer = try waiting.answer()
        #expect(answer.body == "waited")
        #expect(answer.fields["connection"]?.lowercased() == "close")
        #expect(try half.answer().body == "whole")
        #expect(try waiting.rest() == "")
        await stopped
    }

    @Test(arguments: [false, true])
    func `tells the handler when a waiting client leaves`(byReset: Bool) async throws {
        let room = HTTPWaitingRoom()
        let test = try HTTPTestServer(limits: Self.many, threads: 2, handler: room.handler)
        do {
            let staying = try test.client()
            try staying.send(Self.request)
            #expect(room.waitForRequests(1))
            let stayer = room.takeAll()
            for _ in 0..<5 {
                let leaving = try (0..<40).map { _ in try test.client() }
                for client in leaving { try client.send(Self.request) }
                #expect(room.waitForRequests(40))
                for client in leaving { if byReset { client.reset() } else { client.close() } }
                #expect(room.waitForLeaving(40))
                for late in room.takeAll() { late.respond(.text("nobody hears this")) }
            }
            #expect(!room.hasFurtherLeaving)
            for responder in stayer { responder.respond(.text("still here")) }
            #expect(try staying.answer().body == "still here")
        }
        await test.stop()
    }

    @Test func `takes a client that left before it was waited for as gone`() async throws {
        let entered = DispatchSemaphore(value: 0)
        let proceed = DispatchSemaphore(value: 0)
        let gone = DispatchSemaphore(value: 0)
        let test = try HTTPTestServer(
            handler: HTTPTestHandler { _, responder in
                responder.onClientGone { gone.signal() }
                entered.signal()
                proceed.wait()
                return .later
            })
        let client = try test.client()
        try client.send(Self.request)
        #expect(entered.wait(timeout: .now() + 20) == .success)
        client.close()
        proceed.signal()
        #expect(gone.wait(timeout: .now() + 20) == .success)
        await test.stop()
    }

    @Test func `tells who asks late that the client has gone, also when the request is over`() async throws {
        let room = HTTPWaitingRoom()
        let test = try HTTPTestServer(handler: room.handler)
        let client = try test.client()
        try client.send(Self.request)
        #expect(room.waitForRequests(1))
        let over = DispatchSemaphore(value: 0)
        let responders = room.takeAll()
        for responder in responders { responder.onClientGone { over.signal() } }
        client.close()
        #expect(over.wait(timeout: .now() + 60) == .success)
        // libmicrohttpd completes the request in its own time; before and after that it is the same.
        for _ in 0..<1000 {
            for responder in responders { responder.onClientGone { over.signal() } }
            #expect(over.wait(timeout: .now()) == .success)
        }
        await test.server.stop(within: .seconds(5))
        for responder in responders { responder.onClientGone { over.signal() } }
        #expect(over.wait(timeout: .now()) == .success)
    }

    @Test func `survives answers and departures at the same time`() async throws {
        let workers = HTTPWorkers()
        let room = HTTPWaitingRoom()
        let test = try HTTPTestServer(limits: Self.many, threads: 2, handler: room.handler)
        for _ in 0..<20 {
            let clients = try (0..<60).map { _ in try test.client() }
            for client in clients { try client.send(Self.request) }
            #expect(room.waitForRequests(60))
            for responder in room.takeAll() { workers.run { responder.respond(.text("x")) } }
            for (index, client) in clients.enumerated() { if index % 2 == 0 { client.reset() } else { client.close() } }
        }
        workers.drain()
        await test.stop()
    }

    /// libmicrohttpd stands still when its epoll set reports exactly as many events as it takes at once.
    @Test func `answers however many requests come at the same moment`() async throws {
        let entered = DispatchSemaphore(value: 0)
        let proceed = DispatchSemaphore(value: 0)
        let test = try HTTPTestServer(
            handler: HTTPTestHandler { request, _ in
                if request.path == "/stop" {
                    entered.signal()
                    proceed.wait()
                }
                return .respond(.text(request.path))
            })
        let clients = try (0..<140).map { _ in try test.client() }
        let stopper = try test.client()
        for client in clients {
            try client.send(Self.request)
            #expect(try client.answer().body == "/wait")
        }
        for count in 120...clients.count {
            try stopper.send("GET /stop HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(entered.wait(timeout: .now() + 20) == .success)
            // The daemon's thread is in the handler: all these arrive for its next look.
            for client in clients.prefix(count) { try client.send(Self.request) }
            proceed.signal()
            for client in clients.prefix(count) { #expect(try client.answer().body == "/wait") }
            #expect(try stopper.answer().body == "/stop")
        }
        await test.stop()
    }
}
