import Dispatch
import HTTPTypes
import NIOConcurrencyHelpers
import Testing

@testable import ConfigAPI

@Suite(.blocking) struct HTTPStreamTests {
    /// A server whose handler hands its streams out.
    private struct Streams {
        let test: HTTPTestServer
        let workers = HTTPWorkers()
        private let opened: NIOLockedValueBox<[any ResponseStream]>
        private let arrived = DispatchSemaphore(value: 0)
        let gone = DispatchSemaphore(value: 0)

        init(limits: HTTPServer.Limits = .init()) throws {
            let opened = NIOLockedValueBox<[any ResponseStream]>([])
            self.opened = opened
            test = try HTTPTestServer(
                limits: limits, threads: 2,
                handler: HTTPTestHandler { [arrived, gone, workers] request, responder in
                    responder.onClientGone { gone.signal() }
                    let start = HTTPServerResponse(
                        status: .ok, headerFields: [.contentType: "text/event-stream"], body: Array("start".utf8))
                    if request.path == "/late" {
                        workers.run {
                            let stream = responder.startStream(start)
                            opened.withLockedValue { $0.append(stream) }
                            arrived.signal()
                        }
                    } else {
                        let stream = responder.startStream(start)
                        opened.withLockedValue { $0.append(stream) }
                        arrived.signal()
                    }
                    return .later
                })
        }

        /// Opens a stream and reads its beginning.
        func open(_ path: String) throws -> (HTTPRawClient, any ResponseStream) {
            let client = try test.client()
            try client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.head().contains("text/event-stream"))
            #expect(try client.chunk() == "start")
            #expect(arrived.wait(timeout: .now() + 20) == .success)
            return (client, try take())
        }

        func take() throws -> any ResponseStream { try #require(opened.withLockedValue { $0.popLast() }) }
    }

    @Test(arguments: ["/at-once", "/late"])
    func `sends what is written when it is written`(path: String) async throws {
        let streams = try Streams()
        do {
            let (client, stream) = try streams.open(path)
            for number in 0..<100 {
                #expect(stream.write(Array("event \(number)".utf8)))
                #expect(try client.chunk() == "event \(number)")
            }
            stream.finish()
            #expect(!stream.write([1]))
            #expect(try client.chunk() == nil)
        }
        streams.workers.drain()
        await streams.test.stop()
        #expect(streams.gone.wait(timeout: .now()) == .timedOut)
    }

    @Test func `ends a stream at once that answers HEAD`() async throws {
        let streams = try Streams()
        do {
            let client = try streams.test.client()
            try client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.head().contains("text/event-stream"))
            #expect(streams.gone.wait(timeout: .now() + 20) == .success)
            #expect(try !streams.take().write([1]))
        }
        await streams.test.stop()
    }

    @Test(arguments: [false, true])
    func `notices that the client has left an idle stream`(byReset: Bool) async throws {
        let streams = try Streams()
        do {
            let (client, stream) = try streams.open("/")
            if byReset { client.reset() } else { client.close() }
            #expect(streams.gone.wait(timeout: .now() + 20) == .success)
            #expect(!stream.write([1]))
            stream.finish()
        }
        await streams.test.stop()
    }

    @Test func `ends a stream whose client does not read`() async throws {
        var limits = HTTPServer.Limits()
        limits.streamBufferBytes = 50_000
        let streams = try Streams(limits: limits)
        do {
            let (client, stream) = try streams.open("/")
            var written = 0
            while stream.write([UInt8](repeating: 65, count: 10_000)), written < 100_000_000 { written += 10_000 }
            #expect(written < 100_000_000)
            #expect(!stream.write([1]))
            #expect(try !client.rest().hasSuffix("0\r\n\r\n"))
            #expect(streams.gone.wait(timeout: .now() + 20) == .success)
        }
        await streams.test.stop()
    }

    @Test func `ends streams when it stops and tells the handler`() async throws {
        let streams = try Streams()
        do {
            let opened = try (0..<30).map { _ in try streams.open("/late") }
            streams.workers.drain()
            await streams.test.server.stop(within: .zero)
            for (client, stream) in opened {
                #expect(try client.chunk() == nil)
                #expect(!stream.write([1]))
                #expect(streams.gone.wait(timeout: .now() + 20) == .success)
            }
        }
        await streams.test.stop()
    }

    @Test func `a stream that is being sent when the server stops is ended, and its handler told`() async throws {
        var limits = HTTPServer.Limits()
        limits.streamBufferBytes = 64 << 20
        let streams = try Streams(limits: limits)
        do {
            let (busy, stream) = try streams.open("/")
            let (idle, _) = try streams.open("/")
            // More than the sockets of both sides take: it waits for its client, not for something to send.
            #expect(stream.write([UInt8](repeating: 65, count: 8 << 20)))
            async let stop: Void = streams.test.server.stop(within: .zero)
            // From here on nothing waits any more for something to send.
            #expect(try idle.chunk() == nil)
            _ = try busy.rest()
            await stop
            for _ in 0..<2 { #expect(streams.gone.wait(timeout: .now() + 20) == .success) }
            #expect(!stream.write([1]))
        }
        await streams.test.stop()
    }

    @Test func `survives writers, finishes and departures at the same time`() async throws {
        let streams = try Streams()
        for round in 0..<30 {
            let (client, stream) = try streams.open("/late")
            let (other, finished) = try streams.open("/")
            for _ in 0..<20 { streams.workers.run { stream.write(Array("x".utf8)) } }
            for _ in 0..<20 { streams.workers.run { finished.write(Array("y".utf8)) } }
            streams.workers.run { finished.finish() }
            if round % 2 == 0 { client.reset() } else { client.close() }
            while try other.chunk() != nil {}
        }
        streams.workers.drain()
        await streams.test.stop()
    }
}
