import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import BridgeEngine

@Suite struct `A TLS stream` {
    private func established(_ version: TLSTestServerOptions.Version = .tls13) throws -> TLSPair {
        let lab = try TLSLab()
        let pair = try TLSPair(try lab.material(), try lab.server(newest: version))
        try pair.handshake()
        try #require(pair.recorder.infos.count == 1)
        return pair
    }

    @Test(arguments: TLSTestServerOptions.Version.allCases, [Int.max, 1000])
    func `carries a MiB both ways`(version: TLSTestServerOptions.Version, pieceSize: Int) throws {
        let pair = try established(version)
        let bytes = ByteBuffer(bytes: (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        let promise = pair.channel.eventLoop.makePromise(of: Void.self)
        pair.channel.writeAndFlush(bytes, promise: promise)
        try pair.pump(pieceSize: pieceSize)
        #expect(pair.server.plaintext == bytes)
        try promise.futureResult.wait()
        try pair.server.write(bytes)
        try pair.pump(pieceSize: pieceSize)
        #expect(pair.recorder.received == bytes)
    }

    @Test func `fulfils a write's promise with the ciphertext, not before`() throws {
        let pair = try established()
        let done = NIOLockedValueBox(false)
        pair.channel.write(ByteBuffer(string: "x")).whenSuccess { done.withLockedValue { $0 = true } }
        #expect(try pair.channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(!done.withLockedValue { $0 })
        pair.channel.flush()
        #expect(done.withLockedValue { $0 })
        #expect(try pair.channel.readOutbound(as: ByteBuffer.self) != nil)
    }

    @Test func `ends with one close_notify when we close`() throws {
        let pair = try established()
        pair.channel.write(ByteBuffer(string: "not flushed"), promise: nil)
        try pair.channel.close().wait()
        #expect(throws: (any Error).self) { try pair.channel.close().wait() }
        try pair.pump()
        #expect(pair.server.inputEnded)
        #expect(pair.takeServerText() == "")
        #expect(pair.recorder.failures.isEmpty && pair.recorder.inactive == 1)
        #expect(throws: (any Error).self) { try pair.channel.writeOutbound(ByteBuffer(string: "late")) }
    }

    @Test func `tells the server's close_notify once and reads nothing after it`() throws {
        let pair = try established()
        try pair.server.write(ByteBuffer(string: "</stream:stream>"))
        pair.server.shutdown()
        try pair.pump()
        #expect(String(buffer: pair.recorder.received) == "</stream:stream>")
        #expect(pair.recorder.inputClosed == 1)
        try pair.channel.writeInbound(ByteBuffer(string: "anything"))
        pair.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(pair.recorder.inputClosed == 1)
        #expect(pair.recorder.order == ["active", "handshake", "read", "inputClosed"])
        // Our half is still open.
        try pair.channel.writeOutbound(ByteBuffer(string: "bye"))
        try pair.pump()
        #expect(pair.takeServerText() == "bye")
        pair.hangUp()
        #expect(pair.recorder.failures == [])
    }

    @Test func `may end without close_notify, which is no error`() throws {
        let pair = try established()
        try pair.server.write(ByteBuffer(string: "</stream:stream>"))
        try pair.pump()
        pair.hangUp()
        #expect(pair.recorder.order == ["active", "handshake", "read", "inactive"])
        #expect(pair.recorder.failures.isEmpty && pair.recorder.otherErrors.isEmpty)
    }

    @Test func `passes on the socket's errors`() throws {
        let pair = try established()
        pair.channel.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "read"))
        #expect(pair.recorder.otherErrors.count == 1)
        #expect(pair.recorder.failures == [])
    }

    @Test func `closes its output alone and still reads`() throws {
        // The embedded channel cannot close one half, so the lower part is asked through a handler that can.
        let lab = try TLSLab()
        let pair = try TLSPair(try lab.material(), try lab.server())
        try pair.channel.pipeline.syncOperations.addHandler(HalfCloser(), position: .first)
        try pair.handshake()
        try pair.channel.close(mode: .output).wait()
        try pair.pump()
        #expect(pair.server.inputEnded)
        #expect(throws: ChannelError.outputClosed) {
            try pair.channel.writeAndFlush(ByteBuffer(string: "late")).wait()
        }
        #expect(throws: ChannelError.outputClosed) { try pair.channel.close(mode: .output).wait() }
        try pair.server.write(ByteBuffer(string: "still here"))
        try pair.pump()
        #expect(String(buffer: pair.recorder.received) == "still here")
    }

    /// Answers a half-close like a socket.
    private final class HalfCloser: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            if mode == .output { promise?.succeed() } else { context.close(mode: mode, promise: promise) }
        }
    }

    @Test func `allows writing and closing in the middle of a read`() throws {
        let pair = try established()
        pair.recorder.whenRead = { recorder, context in
            recorder.send(context, "answer")
            context.close(promise: nil)
        }
        try pair.server.write(ByteBuffer(string: "question"))
        try pair.server.write(ByteBuffer(string: "another, in a piece of its own"))
        try pair.pump()
        #expect(pair.takeServerText() == "answer")
        #expect(pair.server.inputEnded)
        #expect(pair.recorder.failures == [])
    }

    @Test func `allows closing in the middle of the handshake's event`() throws {
        let lab = try TLSLab()
        let server = try lab.server()
        let pair = try TLSPair(try lab.material(), server)
        pair.recorder.whenHandshakeCompletes = { $1.close(promise: nil) }
        try pair.handshake()
        #expect(pair.server.isEstablished && pair.server.inputEnded)
        #expect(pair.recorder.failures == [])
        #expect(pair.recorder.order == ["active", "handshake", "inactive"])
    }

    @Test func `is let go with its session when the channel ends`() throws {
        weak var handler: TLSClientHandler?
        func run(_ body: (TLSPair) throws -> Void) throws {
            let lab = try TLSLab()
            let pair = try TLSPair(try lab.material(), try lab.server())
            handler = pair.handler
            try body(pair)
            pair.hangUp()
        }
        try run { try $0.handshake() }
        #expect(handler == nil)
        try run { try $0.connect() }
        #expect(handler == nil)
        try run { _ in }
        #expect(handler == nil)
        try run { pair in
            try pair.handshake()
            try pair.channel.close().wait()
        }
        #expect(handler == nil)
    }

    @Test func `takes no harm from the failures of a neighbour on the same thread`() throws {
        let lab = try TLSLab()
        let good = try established()
        let other = try TestCertificateAuthority(name: "Other CA")
        let server = try TLSTestServer(
            TLSTestServerOptions(certificate: try other.issue(commonName: nil, names: TLSPair.names)))
        for round in 0..<20 {
            let bad = try TLSPair(try lab.material(), server)
            try bad.connect()
            try good.server.write(ByteBuffer(string: "\(round) "))
            try bad.pump()
            TLSTestErrors.leaveOne()
            try good.pump()
            try good.channel.writeOutbound(ByteBuffer(string: "\(round) "))
            TLSTestErrors.leaveOne()
            try good.pump()
            #expect(bad.recorder.failures.map(\.reason) == [.certificateUntrusted])
        }
        let expected = (0..<20).map { "\($0) " }.joined()
        #expect(String(buffer: good.recorder.received) == expected)
        #expect(good.takeServerText() == expected)
        #expect(good.recorder.failures == [])
    }
}
