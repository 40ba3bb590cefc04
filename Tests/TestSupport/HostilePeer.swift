internal import NIOCore

/// One connection of a ``HostileServer``: does what the script says, action by action.
///
/// Lives on the channel's event loop.
final class HostilePeer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// After so many bytes it is everybody else's turn on the event loop; what the client says is read, too.
    private static let turn = 1 << 20

    private let tls: TLSTestServer
    private let wire: HostileWire
    private let note: ((inout HostileVisit) -> Void) -> Void
    private var script: ArraySlice<HostileAction>
    /// What came and was not waited for yet.
    private var unread: [UInt8] = []
    /// How far the action that is under way has come; its unit is its own.
    private var progress = 0
    private var isSecured = false
    private var isProceeding = false
    private var hasEnded = false

    /// - Parameter note: changes the journal's entry of this connection.
    init(
        script: [HostileAction], tls: TLSTestServer, wire: HostileWire,
        note: @escaping ((inout HostileVisit) -> Void) -> Void
    ) {
        self.script = script[...]
        self.tls = tls
        self.wire = wire
        self.note = note
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        proceed(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data).readableBytesView
        unread += bytes
        note { $0.received += bytes }
        proceed(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is TLSServerHandler.HandshakeCompleted else { return }
        isSecured = true
        note { $0.isSecured = true }
        proceed(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        proceed(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        note { $0.hasEnded = true }
        context.fireChannelInactive()
    }

    /// The client has gone, or does not like our TLS: part of the tests.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        wire.hangUp()
    }

    /// Goes on with the script as far as it can.
    private func proceed(_ context: ChannelHandlerContext) {
        // A write can lead back here; the loop below sees what has changed.
        if isProceeding { return }
        isProceeding = true
        defer { isProceeding = false }
        while !hasEnded, let action = script.first {
            guard perform(action, context) else { return }
            script.removeFirst()
            progress = 0
        }
        if script.isEmpty { note { $0.isScriptOver = true } }
    }

    /// - Returns: whether the action is done. If not, whatever it waits for leads to ``proceed(_:)``.
    private func perform(_ action: HostileAction, _ context: ChannelHandlerContext) -> Bool {
        switch action {
        case .startTLS: return startTLS(context)
        case .waitFor(let text): return hasCome(Array(text.utf8))
        case .waitForBytes:
            defer { unread = [] }
            return !unread.isEmpty
        case .send(let bytes): send(bytes, context)
        case .trickle(let bytes, let size): return trickle(bytes, size, context)
        case .flood(let bytes, let most): return flood(bytes, most, context)
        case .pause(let time): return pause(time, context)
        case .stopReading: try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        case .close: context.close(promise: nil)
        case .hangUp: wire.hangUp()
        case .reset: wire.reset()
        }
        return true
    }

    private func startTLS(_ context: ChannelHandlerContext) -> Bool {
        if progress == 0 {
            progress = 1
            do {
                let handler = try TLSServerHandler(tls)
                try context.pipeline.syncOperations.addHandler(handler, position: .after(wire))
            } catch {
                wire.hangUp()
            }
        }
        return isSecured
    }

    /// Its progress is how much of what came has been looked at.
    private func hasCome(_ wanted: [UInt8]) -> Bool {
        let last = unread.count - wanted.count
        let found = unread.withUnsafeBytes { unread in
            while progress <= last {
                if unread[progress] == wanted[0], unread[progress...].starts(with: wanted) { return true }
                progress += 1
            }
            return false
        }
        if found { unread.removeFirst(progress + wanted.count) }
        return found
    }

    private func trickle(_ bytes: [UInt8], _ size: Int, _ context: ChannelHandlerContext) -> Bool {
        while progress < bytes.count {
            guard context.channel.isWritable, !hasEnded else { return false }
            let piece = bytes[progress...].prefix(size)
            for byte in piece.dropLast() {
                context.write(wrapOutboundOut(ByteBuffer(integer: byte)), promise: nil)
            }
            write(piece.suffix(1), counting: piece.count, context)
            progress += piece.count
        }
        return true
    }

    private func flood(_ bytes: [UInt8], _ most: Int, _ context: ChannelHandlerContext) -> Bool {
        let start = progress
        while progress < most {
            guard context.channel.isWritable, !hasEnded else { return false }
            guard progress - start < Self.turn else {
                context.eventLoop.assumeIsolated().execute { self.proceed(context) }
                return false
            }
            send(bytes, context)
            progress += bytes.count
        }
        return true
    }

    private func pause(_ time: TimeAmount, _ context: ChannelHandlerContext) -> Bool {
        if progress == 0 {
            progress = 1
            context.eventLoop.assumeIsolated().scheduleTask(in: time) {
                self.progress = 2
                self.proceed(context)
            }
        }
        return progress == 2
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        write(bytes[...], counting: bytes.count, context)
    }

    /// Notes so many bytes as sent once these are.
    private func write(_ bytes: ArraySlice<UInt8>, counting count: Int, _ context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [note] in note { $0.sent += count } }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: written)
    }
}
