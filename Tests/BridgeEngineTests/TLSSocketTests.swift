import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import BridgeEngine

@Suite struct `TLS over sockets` {
    /// How a connection went, told when its channel is closed.
    struct Outcome: Sendable {
        var info: TLSSessionInfo?
        var received = ByteBuffer()
        var failures: [TLSFailure] = []
    }

    /// Sends its bytes when the handshake is complete, closes once as many have come back.
    final class Client: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let bytes: ByteBuffer
        private let writes: Int
        private let promise: EventLoopPromise<Outcome>
        private var outcome = Outcome()

        init(_ bytes: ByteBuffer, writes: Int, _ promise: EventLoopPromise<Outcome>) {
            self.bytes = bytes
            self.writes = writes
            self.promise = promise
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard let completed = event as? TLSHandshakeCompleted else { return }
            outcome.info = completed.info
            for _ in 0..<writes { context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var more = unwrapInboundIn(data)
            outcome.received.writeBuffer(&more)
            if outcome.received.readableBytes == bytes.readableBytes * writes { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if let failure = error as? TLSFailure { outcome.failures.append(failure) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            promise.succeed(outcome)
        }
    }

    /// Sends everything back.
    final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
        }

        // A client that is refused is part of the tests.
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    /// Runs a body with a listening server, and ends it after.
    private func withServer<Result: Sendable>(
        _ server: TLSTestServer,
        _ body: (_ address: SocketAddress, _ group: MultiThreadedEventLoopGroup) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 4)
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 512)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(TLSServerHandler(server), Echo())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(try #require(listener.localAddress), group))
        } catch {
            result = .failure(error)
        }
        try await listener.close()
        try await group.shutdownGracefully()
        return try result.get()
    }

    /// Connects, and gives the outcome when the connection has ended.
    private func visit(
        _ address: SocketAddress, _ group: MultiThreadedEventLoopGroup, _ material: TLSMaterial, _ bytes: ByteBuffer,
        writes: Int = 1, handlers: HandlerCount? = nil
    ) async throws -> Outcome {
        let promise = group.next().makePromise(of: Outcome.self)
        do {
            _ = try await ClientBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = TLSClientHandler(
                            material: material, serverName: TLSPair.domain, identity: TLSPair.identity)
                        handlers?.add(handler)
                        try channel.pipeline.syncOperations.addHandlers(
                            handler, Client(bytes, writes: writes, promise))
                    }
                }
                .connect(to: address).get()
        } catch {
            promise.fail(error)
        }
        return try await promise.futureResult.get()
    }

    /// Counts handlers that are still alive.
    final class HandlerCount: Sendable {
        private struct Entry {
            weak var handler: TLSClientHandler?
        }

        // The handlers stay on their event loops: here they are only compared with nil, which weak references allow
        // from any thread.
        private struct Entries: @unchecked Sendable {
            var list: [Entry] = []
        }

        private let entries = NIOLockedValueBox(Entries())

        func add(_ handler: TLSClientHandler) {
            entries.withLockedValue { $0.list.append(Entry(handler: handler)) }
        }

        var total: Int { entries.withLockedValue { $0.list.count } }
        var alive: Int { entries.withLockedValue { $0.list.count { $0.handler != nil } } }
    }

    @Test func `two hundred connections on several threads share one material and leave nothing behind`() async throws {
        let lab = try TLSLab()
        let ours = try lab.authority.issue(commonName: "bridge", usages: [.clientAuth])
        let server = try lab.server(.required(lab.authority))
        let material = try lab.material(client: ours)
        let bytes = ByteBuffer(repeating: 0x61, count: 40_000)
        let handlers = HandlerCount()
        let outcomes = try await withServer(server) { address, group in
            try await withThrowingTaskGroup(of: Outcome.self) { tasks in
                for _ in 0..<200 {
                    tasks.addTask { try await visit(address, group, material, bytes, handlers: handlers) }
                }
                var outcomes: [Outcome] = []
                for try await outcome in tasks { outcomes.append(outcome) }
                return outcomes
            }
        }
        #expect(outcomes.count == 200)
        #expect(outcomes.allSatisfy { $0.received == bytes && $0.failures.isEmpty && $0.info?.mutual == true })
        #expect(server.visits.count == 200)
        #expect(server.visits.allSatisfy { $0.clientCommonName == "bridge" })
        #expect(handlers.total == 200 && handlers.alive == 0)
    }

    @Test func `a MiB goes both ways`() async throws {
        let lab = try TLSLab()
        let material = try lab.material()
        let bytes = ByteBuffer(bytes: (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 131 >> 5) })
        let outcome = try await withServer(try lab.server()) { address, group in
            try await visit(address, group, material, bytes)
        }
        #expect(outcome.received == bytes)
        #expect(outcome.failures == [])
    }

    /// In TLS 1.3 the server's refusal meets data of ours that is already on its way: the server's kernel answers it
    /// with a reset, and our next write fails. The alert came before that and must not be lost.
    @Test(arguments: TLSTestServerOptions.Version.allCases, [0, 1, 100])
    func `a refused certificate is told also when our writes fail first`(
        version: TLSTestServerOptions.Version, writes: Int
    ) async throws {
        let lab = try TLSLab()
        let server = try lab.server(.required(lab.authority), newest: version)
        let foreign = try TestCertificateAuthority(name: "Other CA").issue(commonName: "x", usages: [.clientAuth])
        let materials = [try lab.material(), try lab.material(client: foreign)]
        let bytes = ByteBuffer(repeating: 0x61, count: 30_000)
        let outcomes = try await withServer(server) { address, group in
            try await withThrowingTaskGroup(of: Outcome.self) { tasks in
                for round in 0..<40 {
                    let material = materials[round % 2]
                    tasks.addTask { try await visit(address, group, material, bytes, writes: writes) }
                }
                var outcomes: [Outcome] = []
                for try await outcome in tasks { outcomes.append(outcome) }
                return outcomes
            }
        }
        #expect(outcomes.count == 40)
        #expect(outcomes.allSatisfy { $0.failures.map(\.reason) == [.clientCertificateRejected] })
    }

    @Test func `a server that hangs up in the handshake is told so`() async throws {
        let lab = try TLSLab()
        let material = try lab.material()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { $0.close() }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(listener.localAddress)
        let outcome = try await visit(address, group, material, ByteBuffer())
        #expect(outcome.failures.map(\.reason) == [.tlsFailed])
        #expect(
            outcome.failures.first?.detail.hasPrefix("The server closed the connection during the TLS handshake")
                == true)
        try await listener.close()
        try await group.shutdownGracefully()
    }
}
