internal import COpenSSL
internal import Foundation
internal import NIOConcurrencyHelpers
public import NIOCore
internal import NIOPosix

/// A small XMPP server for components in this process: TLS, stream header, handshake, closing tag; no stanzas.
///
/// It knows one secret for every name, and counts what a real server would not tell: streams that are open at once.
public final class ScriptedComponentServer: Sendable {
    /// What it has seen.
    public struct Journal: Sendable {
        /// Names whose handshake was right, in order.
        public var accepted: [String] = []
        /// Names whose handshake was wrong, in order.
        public var refused: [String] = []
        /// Streams with a header and without an end, by name.
        public var open: [String: Int] = [:]
        /// The most streams that were open at once, whatever their names.
        public var mostOpen = 0
        /// Streams that ended with the client's closing tag.
        public var closedPolitely = 0
    }

    /// How it behaves.
    public enum Behaviour: Sendable {
        /// As a server should.
        case normal
        /// Ends each connection with a reset as soon as it is there.
        case resetsAtOnce
        /// Takes connections, and says nothing.
        case silentAtTLS
        /// Never answers the header.
        case silentAtHeader
        /// Answers the header, and never the handshake.
        case silentAtRegistration
        /// Never answers the closing tag.
        case silentAtClose
    }

    /// The port on 127.0.0.1.
    public let port: UInt16
    private let channel: any Channel
    private let log: NIOLockedValueBox<Journal>
    /// The connections whose streams are open.
    private let streams: NIOLockedValueBox<[ObjectIdentifier: any Channel]>

    /// Starts it.
    public static func start(
        _ tls: TLSTestServer, secret: String, behaviour: Behaviour = .normal, group: any EventLoopGroup
    ) async throws -> ScriptedComponentServer {
        let log = NIOLockedValueBox(Journal())
        let streams = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                if case .silentAtTLS = behaviour { return channel.eventLoop.makeSucceededVoidFuture() }
                if case .resetsAtOnce = behaviour, let options = channel as? any SocketOptionProvider {
                    // Without lingering, close(2) sends a reset (socket(7)).
                    return options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).flatMap { channel.close() }
                }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSServerHandler(tls), Peer(secret: secret, behaviour: behaviour, log: log, streams: streams))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedComponentServer(channel, log, streams)
    }

    private init(
        _ channel: any Channel, _ log: NIOLockedValueBox<Journal>,
        _ streams: NIOLockedValueBox<[ObjectIdentifier: any Channel]>
    ) {
        self.channel = channel
        self.log = log
        self.streams = streams
        port = UInt16(channel.localAddress?.port ?? 0)
    }

    /// What it has seen so far.
    public var journal: Journal { log.withLockedValue { $0 } }

    /// Sends the text, such as a stream error, and the closing tag on each open stream, and closes it.
    public func end(with text: String) {
        for channel in streams.withLockedValue({ Array($0.values) }) {
            channel.eventLoop.execute {
                let bytes = channel.allocator.buffer(string: text + "</stream:stream>")
                channel.writeAndFlush(bytes, promise: nil)
                channel.close(promise: nil)
            }
        }
    }

    /// Takes no more connections.
    public func stop() async throws {
        try await channel.close().get()
    }

    /// One connection.
    private final class Peer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let secret: String
        private let behaviour: Behaviour
        private let log: NIOLockedValueBox<Journal>
        private let streams: NIOLockedValueBox<[ObjectIdentifier: any Channel]>
        private let id = String(UInt64.random(in: .min ... .max))
        private var text = ""
        private var name: String?

        init(
            secret: String, behaviour: Behaviour, log: NIOLockedValueBox<Journal>,
            streams: NIOLockedValueBox<[ObjectIdentifier: any Channel]>
        ) {
            self.streams = streams
            self.secret = secret
            self.behaviour = behaviour
            self.log = log
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            if let header = text.range(of: "to='"), let end = text[header.upperBound...].firstIndex(of: "'"),
                name == nil
            {
                opened(String(text[header.upperBound..<end]), context)
            }
            if let start = text.range(of: "<handshake>"), let end = text.range(of: "</handshake>") {
                let digest = String(text[start.upperBound..<end.lowerBound])
                text.removeSubrange(..<end.upperBound)
                judge(digest, context)
            }
            if text.contains("</stream:stream>"), behaviour != .silentAtClose {
                log.withLockedValue { $0.closedPolitely += 1 }
                // First: with the tag in its hands the client may be back before this thread goes on.
                ended()
                send("</stream:stream>", context)
                context.close(promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            streams.withLockedValue { _ = $0.removeValue(forKey: ObjectIdentifier(context.channel)) }
            ended()
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func opened(_ name: String, _ context: ChannelHandlerContext) {
            self.name = name
            streams.withLockedValue { $0[ObjectIdentifier(context.channel)] = context.channel }
            log.withLockedValue { log in
                log.open[name, default: 0] += 1
                log.mostOpen = max(log.mostOpen, log.open.values.reduce(0, +))
            }
            if case .silentAtHeader = behaviour { return }
            send(
                "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                    + "xmlns:stream='http://etherx.jabber.org/streams' from='\(name)' id='\(id)'>", context)
        }

        private func judge(_ digest: String, _ context: ChannelHandlerContext) {
            guard behaviour != .silentAtRegistration, let name else { return }
            let isRight = digest == expectedDigest
            log.withLockedValue { isRight ? $0.accepted.append(name) : $0.refused.append(name) }
            if isRight { return send("<handshake/>", context) }
            ended()
            send(
                "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
                    + "</stream:stream>", context)
            context.close(promise: nil)
        }

        private var expectedDigest: String {
            let message = Array((id + secret).utf8)
            var digest = [UInt8](repeating: 0, count: 20)
            SHA1(message, message.count, &digest)
            return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }

        private func ended() {
            guard let name else { return }
            self.name = nil
            log.withLockedValue { $0.open[name, default: 1] -= 1 }
        }

        private func send(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: text)), promise: nil)
        }
    }
}
