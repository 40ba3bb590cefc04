internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix

/// A path to a TCP server that a test can listen in on, and can let go silent: a proxy in this process.
///
/// Whoever talks over a frozen path finds nothing wrong with it: what is sent is taken and acknowledged, and nothing
/// ever comes back; an end or a reset is not passed on either. It is for a test's few kilobytes and has no flow control.
public final class TCPProxy: Sendable {
    /// One connection through it.
    private struct Path: Sendable {
        let isFrozen: NIOLockedValueBox<Bool>
        let client: any Channel
        var server: (any Channel)?
    }

    private struct State {
        var isFrozen = false
        var paths: [ObjectIdentifier: Path] = [:]
        var fromClients: [UInt8] = []
        var fromServer: [UInt8] = []
        var isOver = false
    }

    /// The port that it takes connections on, at 127.0.0.1.
    public let port: UInt16
    private let state = NIOLockedValueBox(State())
    private let listener: any Channel

    /// Starts it; it ends with the object, with all its connections.
    ///
    /// - Parameters:
    ///   - port: where it leads to.
    ///   - address: the same, an IPv4 or IPv6 literal.
    /// - Throws: what `bind` throws.
    public init(to port: UInt16, at address: String = "127.0.0.1") throws {
        let server = try SocketAddress(ipAddress: address, port: Int(port))
        // All on one loop: both sides of a connection call each other.
        listener = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
            .childChannelInitializer { [state] client in Self.open(client, to: server, state) }
            .bind(host: "127.0.0.1", port: 0).wait()
        self.port = UInt16(listener.localAddress?.port ?? 0)
    }

    deinit {
        listener.close(promise: nil)
        let paths = state.withLockedValue { state in
            state.isOver = true
            return Array(state.paths.values)
        }
        Self.close(paths)
    }

    /// Everything that clients have sent so far, in the order of its arrival.
    public var sentByClients: [UInt8] { state.withLockedValue { $0.fromClients } }

    /// Everything that the server has sent so far, in the order of its arrival.
    public var sentByServer: [UInt8] { state.withLockedValue { $0.fromServer } }

    /// Makes the connections that are there silent, for good, and those to come, until `thaw`.
    public func freeze() {
        state.withLockedValue { state in
            state.isFrozen = true
            for path in state.paths.values { path.isFrozen.withLockedValue { $0 = true } }
        }
    }

    /// Lets new connections through again. Those that were frozen stay so, as behind a router that has forgotten them.
    public func thaw() { state.withLockedValue { $0.isFrozen = false } }

    /// Ends the frozen connections, on both sides.
    public func closeFrozen() {
        let frozen = state.withLockedValue { state in
            let frozen = state.paths.filter { $0.value.isFrozen.withLockedValue { $0 } }
            for key in frozen.keys { state.paths[key] = nil }
            return Array(frozen.values)
        }
        Self.close(frozen)
    }

    private static func close(_ paths: [Path]) {
        for path in paths {
            path.client.close(promise: nil)
            path.server?.close(promise: nil)
        }
    }

    /// Connects to the server for a client; to nobody while the path is frozen.
    private static func open(
        _ client: any Channel, to address: SocketAddress, _ state: NIOLockedValueBox<State>
    ) -> EventLoopFuture<Void> {
        let key = ObjectIdentifier(client)
        let isFrozen = state.withLockedValue { state in
            let isFrozen = NIOLockedValueBox(state.isFrozen)
            if !state.isOver { state.paths[key] = Path(isFrozen: isFrozen, client: client) }
            return isFrozen
        }
        let sentByClient: @Sendable ([UInt8]) -> Void = { bytes in
            state.withLockedValue { $0.fromClients += bytes }
        }
        let sentByServer: @Sendable ([UInt8]) -> Void = { bytes in
            state.withLockedValue { $0.fromServer += bytes }
        }
        if isFrozen.withLockedValue({ $0 }) {
            return client.eventLoop.makeCompletedFuture {
                try client.pipeline.syncOperations.addHandler(
                    Side(other: nil, isFrozen: isFrozen, received: sentByClient))
            }
        }
        return ClientBootstrap(group: client.eventLoop)
            .channelInitializer { server in
                state.withLockedValue { $0.paths[key]?.server = server }
                return server.eventLoop.makeCompletedFuture {
                    try server.pipeline.syncOperations.addHandler(
                        Side(other: client, isFrozen: isFrozen, received: sentByServer))
                }
            }
            .connect(to: address)
            .flatMapThrowing { server in
                try client.pipeline.syncOperations.addHandler(
                    Side(other: server, isFrozen: isFrozen, received: sentByClient))
            }
    }

    /// One side of a connection: hands on what arrives.
    private final class Side: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: (any Channel)?
        private let isFrozen: NIOLockedValueBox<Bool>
        private let received: @Sendable ([UInt8]) -> Void

        init(
            other: (any Channel)?, isFrozen: NIOLockedValueBox<Bool>, received: @escaping @Sendable ([UInt8]) -> Void
        ) {
            self.other = other
            self.isFrozen = isFrozen
            self.received = received
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            received(Array(bytes.readableBytesView))
            if isFrozen.withLockedValue({ $0 }) { return }
            other?.writeAndFlush(bytes, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            if !isFrozen.withLockedValue({ $0 }) { other?.close(promise: nil) }
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
