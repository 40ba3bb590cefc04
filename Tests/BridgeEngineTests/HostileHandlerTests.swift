import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import BridgeEngine

/// A header, handshake and stanza in pieces, at the end of a pipeline: whatever the pieces, the same is sent back.
@Suite struct HostileHandlerTests {
    /// A stream's end in a pipeline without a transport, and what it has sent.
    private final class Pipeline {
        let channel = EmbeddedChannel()
        private(set) var isRegistered = false
        private(set) var failure: BridgeFailure?
        private var handler: ComponentHandler?

        init() throws {
            let handler = ComponentHandler(
                stream: ComponentStream(
                    identity: ComponentIdentity(jid: "cb1.example.test", domain: "example.test"),
                    secret: Secret("secret"), liveness: Liveness(interval: .zero, idPrefix: "p")),
                closeLimit: .seconds(1)
            ) { [unowned self] report in
                switch report {
                case .opened: self.handler?.register()
                case .registered: isRegistered = true
                case .failed(let failure): self.failure = failure
                case .secured, .duplicateSuspected, .login, .ended: break
                }
            }
            self.handler = handler
            try channel.pipeline.syncOperations.addHandler(handler)
            handler.open()
        }

        // A channel that is not closed keeps its pipeline, and that the channel.
        deinit {
            handler?.abandon()
            _ = try? channel.finish(acceptAlreadyClosed: true)
        }

        func receive(_ bytes: some Sequence<UInt8>) throws {
            try channel.writeInbound(ByteBuffer(bytes: bytes))
        }

        /// What was sent since the last call.
        func sent() throws -> String {
            var text = ""
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
            return text
        }
    }

    private static let header = HostileAction.header(id: "a&amp;b&#x43;")
    private static let rest = "<handshake/>" + HostileAction.ping(id: "&lt;1&gt;")

    private var expected: String {
        "<handshake>\(HandshakeDigest.hex(streamID: "a&bC", secret: Secret("secret")))</handshake>"
            + HostileAction.pong(id: "&lt;1&gt;")
    }

    /// A header cut in two at each byte, and cut in three.
    @Test func `a header may be cut at each byte`() throws {
        let bytes = Array(Self.header.utf8)
        for split in 0...bytes.count {
            let pipeline = try Pipeline()
            _ = try pipeline.sent()
            try pipeline.receive(bytes[..<split])
            try pipeline.receive(bytes[split...].prefix(3))
            try pipeline.receive(bytes[split...].dropFirst(3))
            try pipeline.receive(Self.rest.utf8)
            #expect(pipeline.isRegistered, "split at \(split)")
            #expect(try pipeline.sent() == expected, "split at \(split)")
            #expect(pipeline.failure == nil)
        }
    }

    @Test func `the handshake's answer and a stanza may be cut at each byte`() throws {
        let bytes = Array(Self.rest.utf8)
        for split in 0...bytes.count {
            let pipeline = try Pipeline()
            _ = try pipeline.sent()
            try pipeline.receive(Self.header.utf8)
            try pipeline.receive(bytes[..<split])
            try pipeline.receive(bytes[split...])
            #expect(pipeline.isRegistered, "split at \(split)")
            #expect(try pipeline.sent() == expected, "split at \(split)")
        }
    }

    @Test func `all may come in single bytes`() throws {
        let pipeline = try Pipeline()
        _ = try pipeline.sent()
        for byte in Array((Self.header + Self.rest).utf8) { try pipeline.receive([byte]) }
        #expect(try pipeline.sent() == expected)
    }

    /// The server can't accept what it has not seen.
    @Test func `an answer that comes before our handshake is none`() throws {
        let pipeline = try Pipeline()
        try pipeline.receive((Self.header + "<handshake/>").utf8)
        #expect(!pipeline.isRegistered)
        try pipeline.receive("<handshake/>".utf8)
        #expect(pipeline.isRegistered)
    }

    /// What comes behind the end is nobody's; it must not be answered, and must not break anything.
    @Test func `nothing is answered behind the end`() throws {
        let pipeline = try Pipeline()
        try pipeline.receive(Self.header.utf8)
        try pipeline.receive("<handshake/>".utf8)
        _ = try pipeline.sent()
        try pipeline.receive(("<!-- -->" + HostileAction.ping(id: "1")).utf8)
        #expect(pipeline.failure?.condition == "restricted-xml")
        #expect(try pipeline.sent().hasSuffix("</stream:error></stream:stream>"))
        _ = try? pipeline.receive(HostileAction.ping(id: "2").utf8)
        #expect(try pipeline.sent().isEmpty)
    }
}
