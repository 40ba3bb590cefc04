import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import BridgeEngine

@Suite struct `A TLS handshake` {
    @Test(arguments: TLSTestServerOptions.Version.allCases, [Int.max, 1])
    func `completes and carries data both ways`(
        version: TLSTestServerOptions.Version, pieceSize: Int
    ) throws {
        let lab = try TLSLab()
        let server = try lab.server(newest: version)
        let pair = try TLSPair(try lab.material(), server)
        try pair.handshake(pieceSize: pieceSize)
        let info = try #require(pair.recorder.infos.first)
        #expect(pair.recorder.infos.count == 1)
        #expect(info.version == (version == .tls13 ? "TLSv1.3" : "TLSv1.2"))
        #expect(info.cipher.hasPrefix("TLS_"))
        #expect(!info.mutual && !info.resumed)
        #expect(server.visits.map(\.serverName) == ["example.test"])

        try pair.channel.writeOutbound(ByteBuffer(string: "<client/>"))
        try pair.pump(pieceSize: pieceSize)
        #expect(pair.takeServerText() == "<client/>")
        try pair.server.write(ByteBuffer(string: "<server/>"))
        try pair.pump(pieceSize: pieceSize)
        #expect(String(buffer: pair.recorder.received) == "<server/>")
        #expect(pair.recorder.failures == [])
        #expect(pair.recorder.order.prefix(2) == ["active", "handshake"])
    }

    @Test func `tells the server's certificate`() throws {
        let lab = try TLSLab()
        let names: [TestCertificateName] = [
            .dns("example.test"), .dns("*.example.test"), .ip("127.0.0.1"), .ip("2001:db8::1"),
            .srvName("_xmpp-component.example.test"), .xmppAddr("example.test"), .uri("xmpp:example.test"),
        ]
        let certificate = try lab.authority.issue(commonName: "Example, Inc.", names: names)
        let server = try TLSTestServer(TLSTestServerOptions(certificate: certificate))
        let pair = try TLSPair(try lab.material(), server)
        try pair.handshake()
        let peer = try #require(pair.recorder.infos.first?.peer)
        #expect(peer.subject == #"CN=Example\, Inc."#)
        #expect(
            peer.subjectAltNames == [
                "DNS:example.test", "DNS:*.example.test", "IP:127.0.0.1", "IP:2001:db8::1",
                "SRV:_xmpp-component.example.test", "XMPP:example.test", "URI:xmpp:example.test",
            ])
        #expect(peer.notAfter - peer.notBefore == 91 * 86_400)
        #expect(peer.sha256.count == 64 && peer.sha256.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }

    @Test func `starts in a channel that is active already`() throws {
        let lab = try TLSLab()
        let server = try TLSTestServerSession(try lab.server())
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 5223)).wait()
        let handler = TLSClientHandler(
            material: try lab.material(), serverName: TLSPair.domain, identity: TLSPair.identity)
        try channel.pipeline.syncOperations.addHandler(handler)
        let hello = try #require(try channel.readOutbound(as: ByteBuffer.self))
        server.receive(hello)
        try server.advance()
        #expect(server.takeOutput() != nil)
        _ = try? channel.finish()
    }

    @Test func `keeps what is written before it is complete, and the promise`() throws {
        let lab = try TLSLab()
        let pair = try TLSPair(try lab.material(), try lab.server())
        let early = pair.channel.eventLoop.makePromise(of: Void.self)
        pair.channel.write(ByteBuffer(string: "early "), promise: early)
        pair.channel.flush()
        try pair.connect()
        let late = pair.channel.eventLoop.makePromise(of: Void.self)
        pair.channel.writeAndFlush(ByteBuffer(string: "late "), promise: late)
        pair.channel.write(ByteBuffer(string: "never flushed"), promise: nil)
        let done = NIOLockedValueBox<[String]>([])
        early.futureResult.whenSuccess { done.withLockedValue { $0.append("early") } }
        late.futureResult.whenSuccess { done.withLockedValue { $0.append("late") } }
        #expect(done.withLockedValue { $0 } == [])
        pair.recorder.whenHandshakeCompletes = { $0.send($1, "event") }
        try pair.pump()
        // The event's flush covers what was written before it.
        #expect(pair.takeServerText() == "early late never flushedevent")
        #expect(done.withLockedValue { $0 } == ["early", "late"])
    }

    @Test func `an empty write keeps its promise and its place`() throws {
        let lab = try TLSLab()
        let pair = try TLSPair(try lab.material(), try lab.server())
        try pair.handshake()
        let done = NIOLockedValueBox(0)
        for text in ["", "a", ""] {
            pair.channel.writeAndFlush(ByteBuffer(string: text)).whenSuccess { done.withLockedValue { $0 += 1 } }
        }
        try pair.pump()
        #expect(done.withLockedValue { $0 } == 3)
        #expect(pair.takeServerText() == "a")
    }

    @Test(arguments: TLSTestServerOptions.Version.allCases)
    func `fails once when the server hangs up at any byte of it`(version: TLSTestServerOptions.Version) throws {
        let lab = try TLSLab()
        let material = try lab.material()
        let server = try lab.server(newest: version)
        // In TLS 1.2 the handshake ends with the server's last bytes, in TLS 1.3 tickets follow it.
        var length = 0
        while true {
            let pair = try TLSPair(material, server)
            let promise = pair.channel.eventLoop.makePromise(of: Void.self)
            pair.channel.writeAndFlush(ByteBuffer(string: "x"), promise: promise)
            try pair.connect()
            if length > 0 { try pair.pump(limit: length) }
            guard pair.recorder.infos.isEmpty else { break }
            pair.hangUp()
            #expect(
                pair.recorder.failures == [
                    TLSFailure(
                        reason: .tlsFailed, detail: "The server closed the connection during the TLS handshake.")
                ])
            #expect(throws: TLSFailure.self) { try promise.futureResult.wait() }
            #expect(pair.recorder.order == ["active", "failure", "inactive"])
            #expect(!pair.channel.isActive)
            length += 29
        }
        #expect(length > 500)
    }

    @Test func `is no failure when we close in the middle of it`() throws {
        let lab = try TLSLab()
        let material = try lab.material()
        let server = try lab.server()
        for length in [0, 1, 100, 300, 500] {
            let pair = try TLSPair(material, server)
            try pair.connect()
            if length > 0 { try pair.pump(limit: length) }
            #expect(pair.recorder.infos == [])
            try pair.channel.close().wait()
            try pair.pump()
            #expect(pair.recorder.failures.isEmpty && pair.recorder.infos.isEmpty)
            #expect(pair.recorder.inactive == 1)
        }
    }

    @Test func `a reset in it is told as the server's hanging up, with the cause`() throws {
        let lab = try TLSLab()
        let pair = try TLSPair(try lab.material(), try lab.server())
        try pair.connect()
        pair.channel.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "read"))
        pair.channel.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "read"))
        #expect(pair.recorder.failures.count == 1)
        let failure = try #require(pair.recorder.failures.first)
        #expect(failure.reason == .tlsFailed)
        let words = "The server closed the connection during the TLS handshake (Connection reset by peer)."
        #expect(failure.detail == words)
        #expect(pair.recorder.otherErrors.isEmpty)
    }

    struct Foreign: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        init(_ text: String, _ likeness: String) {
            bytes = Array(text.utf8)
            testDescription = likeness
        }
    }

    @Test(
        arguments: [
            Foreign("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept'>", "plain XMPP"),
            Foreign("<stream:stream>", "plain XMPP"), Foreign("HTTP/1.1 400 Bad Request\r\n", "HTTP"),
            Foreign("SSH-2.0-OpenSSH_9.2\r\n", "SSH"), Foreign("220 mail.example.test ESMTP\r\n", "SMTP or FTP"),
            Foreign("\u{16}no record", "no protocol known here"), Foreign("\u{1}\n", "no protocol known here"),
        ], [Int.max, 1])
    func `names a server that does not speak TLS`(foreign: Foreign, pieceSize: Int) throws {
        let lab = try TLSLab()
        let pair = try TLSPair(try lab.material(), try lab.server())
        try pair.connect()
        _ = try pair.channel.readOutbound(as: ByteBuffer.self)
        var bytes = ByteBuffer(bytes: foreign.bytes)
        while let piece = bytes.readSlice(length: min(pieceSize, bytes.readableBytes)), piece.readableBytes > 0 {
            // The channel is closed by then and takes no more.
            guard pair.channel.isActive else { break }
            try pair.channel.writeInbound(piece)
        }
        #expect(pair.recorder.failures.map(\.reason) == [.notTLS])
        let detail = try #require(pair.recorder.failures.first?.detail)
        #expect(detail.hasPrefix("The server does not speak TLS on this port; "))
        if pieceSize > 1 { #expect(detail.contains(foreign.testDescription)) }
        #expect(detail.utf8.allSatisfy { $0 >= 0x20 })
        #expect(!pair.channel.isActive)
    }

    @Test func `ends with an alert where a record is damaged`() throws {
        let lab = try TLSLab()
        let pair = try TLSPair(try lab.material(), try lab.server())
        try pair.connect()
        _ = try pair.channel.readOutbound(as: ByteBuffer.self)
        // A handshake record whose message is of no known type.
        try pair.channel.writeInbound(ByteBuffer(bytes: [22, 3, 3, 0, 4, 99, 0, 0, 0]))
        #expect(pair.recorder.failures.map(\.reason) == [.tlsFailed])
        let alert = try #require(try pair.channel.readOutbound(as: ByteBuffer.self))
        #expect(alert.getInteger(at: 0, as: UInt8.self) == 21)
        #expect(!pair.channel.isActive)
    }

    @Test func `a damaged record after it is a lost connection once data had come`() throws {
        let lab = try TLSLab()
        let pair = try TLSPair(try lab.material(), try lab.server())
        try pair.handshake()
        try pair.server.write(ByteBuffer(string: "data"))
        try pair.pump()
        try pair.channel.writeInbound(ByteBuffer(bytes: [23, 3, 3, 0, 20] + [UInt8](repeating: 7, count: 20)))
        #expect(pair.recorder.failures.map(\.reason) == [.connectionLost])
        #expect(String(buffer: pair.recorder.received) == "data")
    }

    @Test func `says that the server has no host of the name`() throws {
        let lab = try TLSLab()
        let pair = try TLSPair(try lab.material(), try lab.server(hostNames: ["other.test"]))
        try pair.handshake()
        #expect(
            pair.recorder.failures == [
                TLSFailure(
                    reason: .serverNameRejected,
                    detail: "The server has no host of the name example.test: it answered with the TLS alert"
                        + " unrecognized_name.")
            ])
    }

    @Test func `sends no server name for an address, and refuses one that cannot be`() throws {
        let lab = try TLSLab()
        let server = try lab.server()
        let pair = try TLSPair(try lab.material(verification: .chain), server, serverName: "192.0.2.1")
        try pair.handshake()
        #expect(server.visits.map(\.serverName) == [nil])
        let long = String(repeating: "a", count: 300)
        let bad = try TLSPair(try lab.material(), server, serverName: long)
        try bad.connect()
        #expect(bad.recorder.failures.map(\.reason) == [.tlsFailed])
        #expect(!bad.channel.isActive)
    }
}
