internal import Glibc
internal import NIOCore

/// The place between TLS and the socket, from where a connection can be ended behind TLS's back.
final class HostileWire: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Ends the connection with a FIN; TLS has no say.
    func hangUp() {
        context?.close(promise: nil)
    }

    /// Ends the connection with a RST: without lingering, close(2) sends one (socket(7)).
    func reset() {
        guard let context, let options = context.channel as? any SocketOptionProvider else { return }
        options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }
}
