import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import BridgeEngine

/// The stream at the end of a pipeline: what the link is told when the transport breaks at an awkward moment.
@Suite struct ComponentHandlerTests {
    /// What a handler has reported, in words.
    private final class Reports {
        var all: [String] = []
        var failure: BridgeFailure?

        func take(_ report: ComponentHandler.Report) {
            switch report {
            case .duplicateSuspected: all.append("duplicateSuspected")
            case .login: all.append("login")
            case .secured: all.append("secured")
            case .opened: all.append("opened")
            case .registered: all.append("registered")
            case .failed(let failure):
                all.append("failed")
                self.failure = failure
            case .ended: all.append("ended")
            }
        }
    }

    /// A socket whose peer has gone: NIO closes the channel inside the write that finds out.
    private final class BrokenAt: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let text: String

        init(_ text: String) { self.text = text }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            guard String(buffer: unwrapOutboundIn(data)).contains(text) else {
                context.write(data, promise: promise)
                return
            }
            promise?.fail(ChannelError.ioOnClosedChannel)
            context.fireChannelInactive()
        }
    }

    private static let session = TLSSessionInfo(
        version: "TLSv1.3", cipher: "x", mutual: true, resumed: false, peer: nil)

    private static let header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
        + "xmlns:stream='http://etherx.jabber.org/streams' from='cb1.example.test' id='1'>"
    private static let conflict =
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"

    private func run(
        brokenAt text: String, _ body: (EmbeddedChannel, ComponentHandler) throws -> Void
    ) throws -> Reports {
        let reports = Reports()
        let handler = ComponentHandler(
            stream: ComponentStream(
                identity: ComponentIdentity(jid: "cb1.example.test", domain: "example.test"), secret: Secret("s"),
                liveness: Liveness(interval: .zero, idPrefix: "p")), closeLimit: .seconds(1)
        ) { reports.take($0) }
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([BrokenAt(text), handler])
        channel.pipeline.fireUserInboundEventTriggered(TLSHandshakeCompleted(Self.session))
        handler.open()
        try body(channel, handler)
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return reports
    }

    @Test func `what the server said is told, also when our closing tag breaks the connection`() throws {
        let reports = try run(brokenAt: "</stream:stream>") { channel, _ in
            try channel.writeInbound(ByteBuffer(string: Self.header + Self.conflict))
        }
        #expect(reports.all == ["secured", "opened", "failed", "ended"])
        #expect(reports.failure?.reason == .nameInUse)
    }

    @Test func `a handshake that breaks the connection is a lost connection`() throws {
        let reports = try run(brokenAt: "<handshake>") { channel, handler in
            try channel.writeInbound(ByteBuffer(string: Self.header))
            handler.register()
        }
        #expect(reports.all == ["secured", "opened", "failed", "ended"])
        #expect(reports.failure?.stage == .step(.registration))
        #expect(reports.failure?.reason == .connectionLost)
    }

    @Test func `a polite close that breaks the connection is an end and no failure`() throws {
        let reports = try run(brokenAt: "</stream:stream>") { channel, handler in
            try channel.writeInbound(ByteBuffer(string: Self.header))
            handler.close()
        }
        #expect(reports.all == ["secured", "opened", "ended"])
    }

    @Test func `nothing is sent behind our closing tag, also where it comes in the midst of a read`() throws {
        let channel = EmbeddedChannel()
        var close: () -> Void = {}
        let handler = ComponentHandler(
            stream: ComponentStream(
                identity: ComponentIdentity(jid: "cb1.example.test", domain: "example.test"), secret: Secret("s"),
                liveness: Liveness(interval: .zero, idPrefix: "p")), closeLimit: .seconds(1)
        ) { if case .registered = $0 { close() } }
        close = { [unowned handler] in handler.close() }
        try channel.pipeline.syncOperations.addHandler(handler)
        handler.open()
        try channel.writeInbound(ByteBuffer(string: Self.header))
        handler.register()
        try channel.writeInbound(
            ByteBuffer(string: HostileAction.ping(id: "1") + "<handshake/>" + HostileAction.ping(id: "2")))
        var sent: [String] = []
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { sent.append(String(buffer: bytes)) }
        #expect(sent.count == 3)
        #expect(sent.last == "</stream:stream>")
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}
