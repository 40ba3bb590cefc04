import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import BridgeEngine

/// A client handler in an embedded channel and a server session, with the wire between them in the test's hands.
final class TLSPair {
    let channel: EmbeddedChannel
    let handler: TLSClientHandler
    let recorder = TLSRecorder()
    private let wire = TLSWire()
    let server: TLSTestServerSession
    private(set) var serverError: (any Error)?
    /// Bytes given to the client so far.
    private(set) var bytesToClient = 0

    static let domain = "example.test"
    static let identity = ExpectedIdentity(domain: domain, host: .name("xmpp1.example.test"))
    static let names: [TestCertificateName] = [.dns("example.test"), .dns("xmpp1.example.test")]

    init(
        _ material: TLSMaterial, _ server: TLSTestServer, serverName: String = TLSPair.domain,
        identity: ExpectedIdentity = TLSPair.identity
    ) throws {
        self.server = try TLSTestServerSession(server)
        handler = TLSClientHandler(material: material, serverName: serverName, identity: identity)
        channel = EmbeddedChannel(handlers: [wire, handler, recorder])
    }

    // A channel that is not closed keeps its pipeline, and that the channel.
    deinit {
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    /// Makes the channel active.
    func connect() throws {
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 5223)).wait()
    }

    /// Carries bytes both ways until nothing moves, in pieces of at most so many bytes.
    ///
    /// - Parameter limit: stop after so many bytes to the client.
    func pump(pieceSize: Int = .max, limit: Int = .max) throws {
        var moved = true
        while moved {
            moved = false
            while var bytes = try channel.readOutbound(as: ByteBuffer.self) {
                moved = moved || bytes.readableBytes > 0
                while let piece = bytes.readSlice(length: min(pieceSize, bytes.readableBytes)), piece.readableBytes > 0
                {
                    server.receive(piece)
                    advanceServer()
                }
            }
            while var bytes = server.takeOutput() {
                moved = true
                while let piece = bytes.readSlice(length: min(pieceSize, bytes.readableBytes, limit - bytesToClient)),
                    piece.readableBytes > 0
                {
                    bytesToClient += piece.readableBytes
                    try channel.writeInbound(piece)
                    channel.pipeline.fireChannelReadComplete()
                }
                if bytesToClient == limit { return }
            }
        }
    }

    /// Connects and carries the handshake through, or as far as it goes.
    func handshake(pieceSize: Int = .max) throws {
        try connect()
        try pump(pieceSize: pieceSize)
    }

    /// Ends the connection below TLS, as the network does.
    func hangUp() {
        wire.hangUp()
        channel.embeddedEventLoop.run()
    }

    /// What the server has decrypted.
    func takeServerText() -> String {
        let text = String(buffer: server.plaintext)
        server.plaintext = ByteBuffer()
        return text
    }

    private func advanceServer() {
        do { try server.advance() } catch { serverError = error }
    }
}

/// The handler below TLS: what it does, TLS sees as coming from the network.
final class TLSWire: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func hangUp() {
        context?.close(promise: nil)
    }
}

/// An authority, a good server certificate and a material that trusts it: the start of most tests.
struct TLSLab {
    let authority: TestCertificateAuthority
    let certificate: TestCertificate

    init() throws {
        authority = try TestCertificateAuthority(name: "Lab CA")
        certificate = try authority.issue(commonName: nil, names: TLSPair.names)
    }

    /// A material that trusts the lab's authority.
    func material(
        client: TestCertificate? = nil, verification: TLSVerification = .full
    ) throws -> TLSMaterial {
        try TLSMaterial(
            certificateChainPEM: client?.chainPEM, privateKeyPEM: client?.privateKeyPEM,
            trustRootsPEM: authority.certificatePEM, verification: verification)
    }

    /// A server with the lab's certificate.
    func server(
        _ clientCertificates: TLSTestServerOptions.ClientCertificates = .ignored,
        newest: TLSTestServerOptions.Version = .tls13, hostNames: Set<String>? = nil
    ) throws -> TLSTestServer {
        try TLSTestServer(
            TLSTestServerOptions(
                certificate: certificate, clientCertificates: clientCertificates, newestVersion: newest,
                hostNames: hostNames))
    }
}
