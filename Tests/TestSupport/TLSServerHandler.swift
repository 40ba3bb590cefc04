public import NIOCore

/// TLS on the server's side of a channel, for scripted peers: plaintext above, ciphertext below.
///
/// ```swift
/// let server = try TLSTestServer(TLSTestServerOptions(certificate: certificate))
/// ServerBootstrap(group: group).childChannelInitializer { channel in
///     channel.eventLoop.makeCompletedFuture {
///         try channel.pipeline.syncOperations.addHandlers(TLSServerHandler(server), MyPeer())
///     }
/// }
/// ```
public final class TLSServerHandler: ChannelDuplexHandler {
    /// Ciphertext.
    public typealias InboundIn = ByteBuffer
    /// Plaintext.
    public typealias InboundOut = ByteBuffer
    /// Plaintext.
    public typealias OutboundIn = ByteBuffer
    /// Ciphertext.
    public typealias OutboundOut = ByteBuffer

    /// The user event for a complete handshake.
    public struct HandshakeCompleted: Sendable, Equatable {
        /// What was seen of the client.
        public let visit: TLSTestServerVisit
    }

    private let session: TLSTestServerSession
    private let sendsCloseNotify: Bool
    private var pendingWrites: [(ByteBuffer, EventLoopPromise<Void>?)] = []
    private var completed = false
    private var ended = false
    private var inputEnded = false

    /// A handler for one connection.
    public init(_ server: TLSTestServer) throws {
        session = try TLSTestServerSession(server)
        sendsCloseNotify = server.options.sendsCloseNotify
    }

    /// Decrypts; fires ``HandshakeCompleted`` once, and an error when TLS fails, after the alert was flushed.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !ended else { return }
        session.receive(unwrapInboundIn(data))
        var failure: (any Error)?
        do { try session.advance() } catch { failure = error }
        writeOutput(context)
        if session.isEstablished, !completed {
            completed = true
            context.fireUserInboundEventTriggered(HandshakeCompleted(visit: session.visit))
            encryptPending(context)
        }
        if session.plaintext.readableBytes > 0 {
            let plaintext = session.plaintext
            session.plaintext = ByteBuffer()
            context.fireChannelRead(wrapInboundOut(plaintext))
        }
        if let failure {
            ended = true
            context.flush()
            context.fireErrorCaught(failure)
            context.close(promise: nil)
        } else {
            if session.inputEnded, !inputEnded {
                inputEnded = true
                context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
            context.flush()
        }
    }

    /// Keeps plaintext until the flush.
    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !ended else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        pendingWrites.append((unwrapOutboundIn(data), promise))
    }

    /// Encrypts what was written, once the handshake is complete.
    public func flush(context: ChannelHandlerContext) {
        encryptPending(context)
        context.flush()
    }

    /// Sends close_notify where the options say so, then closes.
    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if !ended, mode != .input {
            ended = mode == .all
            if completed, sendsCloseNotify {
                session.shutdown()
                writeOutput(context)
                context.flush()
            }
        }
        context.close(mode: mode, promise: promise)
    }

    /// Fails what was never written.
    public func handlerRemoved(context: ChannelHandlerContext) {
        ended = true
        let abandoned = pendingWrites
        pendingWrites = []
        for (_, promise) in abandoned { promise?.fail(ChannelError.ioOnClosedChannel) }
    }

    private func encryptPending(_ context: ChannelHandlerContext) {
        guard completed, !ended else { return }
        let writes = pendingWrites
        pendingWrites = []
        for (bytes, promise) in writes {
            do {
                try session.write(bytes)
                context.write(wrapOutboundOut(session.takeOutput() ?? ByteBuffer()), promise: promise)
            } catch {
                promise?.fail(error)
            }
        }
    }

    private func writeOutput(_ context: ChannelHandlerContext) {
        guard let bytes = session.takeOutput() else { return }
        context.write(wrapOutboundOut(bytes), promise: nil)
    }
}

// A handler belongs to one event loop and must never be handed to another.
@available(*, unavailable)
extension TLSServerHandler: Sendable {}
