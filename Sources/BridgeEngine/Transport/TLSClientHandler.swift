internal import NIOCore

/// TLS towards the XMPP server, over the bytes of a channel.
///
/// The handshake starts when the channel is active. ``TLSHandshakeCompleted`` is fired before the first plaintext; what
/// was written earlier is kept until then. A failure is fired as one ``TLSFailure`` after the alert has been flushed, and
/// the channel is closed. A server that hangs up without close_notify after the handshake is not a failure here: the
/// stream's closing tag decides (ejabberd never sends one).
///
/// Like every channel handler it belongs to the channel's event loop.
final class TLSClientHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// The channel is not active yet.
        case waiting
        /// Bytes go back and forth, none of them plaintext.
        case handshaking(TLSConnection)
        /// Both directions are open.
        case established(TLSConnection)
        /// Our close_notify is out; the server may still send.
        case outputClosed(TLSConnection)
        /// Failed, closed or removed: nothing happens any more.
        case ended
    }

    private let material: TLSMaterial
    private let serverName: String
    private let identity: ExpectedIdentity
    private let resumes: Bool

    private var state = State.waiting
    /// Bytes of the server OpenSSL has not been given yet.
    private var incoming = ByteBuffer()
    /// Plaintext that waits for the handshake or for a flush.
    private var pendingWrites = MarkedCircularBuffer<(ByteBuffer, EventLoopPromise<Void>?)>(initialCapacity: 4)
    /// The server's first bytes, until they show whether it speaks TLS.
    private var firstBytes: [UInt8] = []
    /// Whether plaintext was passed on since the last read completed.
    private var delivered = false
    /// Whether the server's half has ended.
    private var inputEnded = false

    /// - Parameters:
    ///   - material: certificate, key and trust store.
    ///   - serverName: the server name indication: the XMPP domain.
    ///   - identity: the names the server must prove.
    ///   - resumes: whether an earlier session is resumed, if there is one and the server agrees.
    init(material: TLSMaterial, serverName: String, identity: ExpectedIdentity, resumes: Bool = true) {
        self.material = material
        self.serverName = serverName
        self.identity = identity
        self.resumes = resumes
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(failingWritesWith: ChannelError.ioOnClosedChannel)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        start(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch state {
        case .handshaking: fail(context, .closedInHandshake())
        case .waiting, .established, .outputClosed, .ended: end(failingWritesWith: ChannelError.ioOnClosedChannel)
        }
        context.fireChannelInactive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard case .waiting = state, context.channel.isActive else { return }
        do throws(TLSFailure) {
            state = .handshaking(
                try TLSConnection(
                    material: material, serverName: serverName, identity: identity, resumes: resumes))
        } catch {
            fail(context, error)
            return
        }
        advance(context)
        context.read()
    }

    private func end(failingWritesWith error: any Error) {
        state = .ended
        incoming.clear()
        let abandoned = pendingWrites
        pendingWrites = MarkedCircularBuffer(initialCapacity: 0)
        for (_, promise) in abandoned { promise?.fail(error) }
    }

    private func fail(_ context: ChannelHandlerContext, _ failure: TLSFailure) {
        if case .ended = state { return }
        let connection = connection
        // Ended first: what the calls below bring about must find nothing left to do.
        state = .ended
        if let connection, writeOutput(context, connection) { context.flush() }
        end(failingWritesWith: failure)
        context.fireErrorCaught(failure)
        context.close(promise: nil)
    }

    // MARK: From the server

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch state {
        case .waiting, .ended: return
        case .handshaking, .established, .outputClosed: incoming.writeBuffer(&bytes)
        }
        if let sample = foreignBytes() {
            fail(context, ForeignProtocol.failure(sample))
            return
        }
        // A flush at the end of a step can bring further bytes before it returns (NIO reads out what is there when a
        // write fails). They queue up here and are worked off in order, by that call or by this loop.
        while let connection, let piece = incoming.readSlice(length: min(incoming.readableBytes, Self.pieceSize)),
            piece.readableBytes > 0
        {
            connection.receive(piece)
            advance(context)
        }
        incoming.discardReadBytes()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // What came may have been handshake only; whoever asked for plaintext is still waiting.
        if !delivered, connection != nil { context.read() }
        delivered = false
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch state {
        case .handshaking: fail(context, .closedInHandshake())
        case .waiting, .established, .outputClosed, .ended: endInput(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .handshaking: fail(context, .closedInHandshake(cause: TCPFailure.words(for: error)))
        case .waiting, .established, .outputClosed: context.fireErrorCaught(error)
        // After our failure or our closing it tells nothing new.
        case .ended: break
        }
    }

    /// The session, as long as it is of any use.
    private var connection: TLSConnection? {
        switch state {
        case .waiting, .ended: nil
        case .handshaking(let connection), .established(let connection), .outputClosed(let connection): connection
        }
    }

    /// Looks at the first bytes, before OpenSSL does: its own words for plain XMPP are "wrong version number".
    ///
    /// - Returns: what the server has sent, where it cannot be TLS.
    private func foreignBytes() -> [UInt8]? {
        guard firstBytes.count < ForeignProtocol.decidingBytes else { return nil }
        let sample = firstBytes + incoming.readableBytesView.prefix(64)
        firstBytes = Array(sample.prefix(ForeignProtocol.decidingBytes))
        return ForeignProtocol.looksLikeTLS(firstBytes) ? nil : sample
    }

    /// Goes as far as the bytes received allow. Flushes last, when nothing decrypted is held back.
    private func advance(_ context: ChannelHandlerContext) {
        if case .handshaking(let connection) = state {
            do throws(TLSFailure) {
                guard try connection.handshake() else {
                    if writeOutput(context, connection) { context.flush() }
                    return
                }
            } catch {
                fail(context, error)
                return
            }
            state = .established(connection)
            _ = writeOutput(context, connection)
            context.fireUserInboundEventTriggered(TLSHandshakeCompleted(connection.info()))
        }
        // Right after the handshake, too: data, tickets or an alert may have come with its last bytes.
        guard let connection else { return }
        deliver(context, connection)
        encryptPending(context)
        context.flush()
    }

    private func deliver(_ context: ChannelHandlerContext, _ connection: TLSConnection) {
        guard !inputEnded else { return }
        var plaintext = context.channel.allocator.buffer(capacity: 0)
        var input = TLSConnection.Input.open
        var failure: TLSFailure?
        do throws(TLSFailure) {
            input = try connection.read(into: &plaintext)
        } catch {
            failure = error
        }
        _ = writeOutput(context, connection)
        if plaintext.readableBytes > 0 {
            delivered = true
            context.fireChannelRead(wrapInboundOut(plaintext))
        }
        if let failure {
            fail(context, failure)
        } else if input == .closed {
            endInput(context)
        }
    }

    private func endInput(_ context: ChannelHandlerContext) {
        if case .ended = state { return }
        guard !inputEnded else { return }
        inputEnded = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    // MARK: To the server

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch state {
        case .waiting, .handshaking, .established: pendingWrites.append((unwrapOutboundIn(data), promise))
        case .outputClosed: promise?.fail(ChannelError.outputClosed)
        case .ended: promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    func flush(context: ChannelHandlerContext) {
        pendingWrites.mark()
        encryptPending(context)
        context.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch (mode, state) {
        case (.input, _):
            context.close(mode: mode, promise: promise)
        case (.output, .waiting), (.output, .handshaking):
            promise?.fail(ChannelError.operationUnsupported)
        case (.output, .established(let connection)):
            closeOutput(context, connection)
            context.close(mode: mode, promise: promise)
        case (.output, .outputClosed):
            promise?.fail(ChannelError.outputClosed)
        case (.output, .ended), (.all, .ended), (.all, .waiting), (.all, .handshaking), (.all, .outputClosed):
            end(failingWritesWith: ChannelError.ioOnClosedChannel)
            context.close(mode: mode, promise: promise)
        case (.all, .established(let connection)):
            closeOutput(context, connection)
            end(failingWritesWith: ChannelError.ioOnClosedChannel)
            context.close(mode: mode, promise: promise)
        }
    }

    /// Sends close_notify once. The state changes before the flush, which can call back into this handler.
    private func closeOutput(_ context: ChannelHandlerContext, _ connection: TLSConnection) {
        connection.shutdown()
        state = .outputClosed(connection)
        let abandoned = pendingWrites
        pendingWrites = MarkedCircularBuffer(initialCapacity: 0)
        for (_, promise) in abandoned { promise?.fail(ChannelError.outputClosed) }
        if writeOutput(context, connection) { context.flush() }
    }

    /// Encrypts what has been flushed. Each promise goes with the last ciphertext of its bytes, so that it tells when
    /// they have been handed to the kernel.
    private func encryptPending(_ context: ChannelHandlerContext) {
        write: while case .established(let connection) = state, pendingWrites.hasMark {
            guard case (var bytes, let promise)? = pendingWrites.popFirst() else { return }
            do throws(TLSFailure) {
                while let piece = bytes.readSlice(length: min(bytes.readableBytes, Self.pieceSize)),
                    piece.readableBytes > 0
                {
                    try connection.write(piece)
                    let ciphertext = connection.takeOutput(context.channel.allocator) ?? ByteBuffer()
                    guard bytes.readableBytes > 0 else {
                        context.write(wrapOutboundOut(ciphertext), promise: promise)
                        continue write
                    }
                    context.write(wrapOutboundOut(ciphertext), promise: nil)
                }
                // Nothing to encrypt, but its promise still goes behind what was written before.
                context.write(wrapOutboundOut(bytes), promise: promise)
            } catch {
                promise?.fail(error)
                fail(context, error)
                return
            }
        }
    }

    /// Passes on what OpenSSL wants to send, without a flush.
    private func writeOutput(_ context: ChannelHandlerContext, _ connection: TLSConnection) -> Bool {
        guard let bytes = connection.takeOutput(context.channel.allocator) else { return false }
        context.write(wrapOutboundOut(bytes), promise: nil)
        return true
    }

    /// What OpenSSL is given at a time: its memory BIOs never shrink.
    private static let pieceSize = 32768
}

// The handler belongs to one event loop and must never be handed to another.
@available(*, unavailable)
extension TLSClientHandler: Sendable {}
