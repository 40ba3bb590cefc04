import NIOCore

@testable import BridgeEngine

/// The handler above TLS in tests: writes down what it is told.
final class TLSRecorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private(set) var infos: [TLSSessionInfo] = []
    private(set) var received = ByteBuffer()
    private(set) var failures: [TLSFailure] = []
    private(set) var otherErrors: [any Error] = []
    private(set) var inputClosed = 0
    private(set) var inactive = 0
    /// Everything in its order: `active`, `handshake`, `read`, `inputClosed`, `failure`, `inactive`.
    private(set) var order: [String] = []

    /// Called in the middle of the event.
    var whenHandshakeCompletes: ((TLSRecorder, ChannelHandlerContext) -> Void)?
    /// Called in the middle of the read.
    var whenRead: ((TLSRecorder, ChannelHandlerContext) -> Void)?

    func channelActive(context: ChannelHandlerContext) {
        order.append("active")
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let completed as TLSHandshakeCompleted:
            infos.append(completed.info)
            order.append("handshake")
            whenHandshakeCompletes?(self, context)
        case ChannelEvent.inputClosed:
            inputClosed += 1
            order.append("inputClosed")
        default:
            break
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        order.append("read")
        whenRead?(self, context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let failure = error as? TLSFailure {
            failures.append(failure)
            order.append("failure")
        } else {
            otherErrors.append(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        inactive += 1
        order.append("inactive")
    }

    /// Sends through the handlers below.
    func send(_ context: ChannelHandlerContext, _ text: String, _ promise: EventLoopPromise<Void>? = nil) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: promise)
    }
}
