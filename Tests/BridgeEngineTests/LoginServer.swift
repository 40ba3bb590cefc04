import NIOCore
import NIOPosix
import TestSupport

@testable import BridgeEngine

/// An XMPP server in this process that accepts each component, sends it what the test says, and keeps what it answers.
final class LoginServer: Sendable {
    /// What came back.
    struct Answers {
        /// For each id what it was answered: `result`, or the conditions of the errors.
        var byID: [String: [String]] = [:]
        var count = 0
        /// Streams that have been accepted, and how many of them have ended.
        var accepted = 0
        var ended = 0
    }

    let port: UInt16
    let answers: WatchedValue<Answers>
    private let channel: any Channel
    private let streams: WatchedValue<[any Channel]>

    static func start(_ tls: TLSTestServer, group: any EventLoopGroup) async throws -> LoginServer {
        let answers = WatchedValue(Answers())
        let streams = WatchedValue<[any Channel]>([])
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSServerHandler(tls), Peer(answers: answers, streams: streams))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LoginServer(channel, answers, streams)
    }

    private init(_ channel: any Channel, _ answers: WatchedValue<Answers>, _ streams: WatchedValue<[any Channel]>) {
        self.channel = channel
        self.answers = answers
        self.streams = streams
        port = UInt16(channel.localAddress?.port ?? 0)
    }

    /// Sends this, in one piece, over the newest stream.
    func send(_ text: String) {
        guard let stream = streams.value.last else { return }
        stream.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    /// Ends the newest stream without a word.
    func hangUp() {
        streams.value.last?.close(promise: nil)
    }

    /// Waits until so many answers have come, over all streams.
    func answers(_ count: Int) async throws -> Answers {
        try await answers.wait { $0.count >= count }
    }

    func stop() async throws {
        try await channel.close().get()
    }

    /// One connection.
    private final class Peer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answers: WatchedValue<Answers>
        private let streams: WatchedValue<[any Channel]>
        // An answer may be longer than its question.
        private let parser = XMLStreamParser(limits: XMLStreamLimits(tag: 64 << 10))

        init(answers: WatchedValue<Answers>, streams: WatchedValue<[any Channel]>) {
            self.answers = answers
            self.streams = streams
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var stanzas: [XMLElement] = []
            for event in parser.parse(unwrapInboundIn(data).readableBytesView) {
                switch event {
                case .streamOpened: send(HostileAction.header, context)
                case .element(let element) where element.name.local == "handshake":
                    streams.update { $0.append(context.channel) }
                    answers.update { $0.accepted += 1 }
                    send("<handshake/>", context)
                case .element(let element): stanzas.append(element)
                case .streamClosed:
                    send("</stream:stream>", context)
                    context.close(promise: nil)
                case .failed: context.close(promise: nil)
                }
            }
            guard !stanzas.isEmpty else { return }
            answers.update { answers in
                for stanza in stanzas {
                    let error = stanza.elements.first?.elements.first?.name.local
                    answers.byID[stanza["id"] ?? "", default: []].append(error ?? stanza["type"] ?? "")
                }
                answers.count += stanzas.count
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            answers.update { $0.ended += 1 }
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func send(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }
}
