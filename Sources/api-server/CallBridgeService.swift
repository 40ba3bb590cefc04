internal import BridgeEngine
internal import ConfigAPI
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// Store, bridge and HTTP server, put together.
struct CallBridgeService: Service, CustomStringConvertible {
    /// What log lines call it.
    let description = "callbridge"
    /// How long requests in progress may take once the server is to stop.
    private static let stopLimit = Duration.seconds(5)

    private let resolver: AresResolver
    private let group: MultiThreadedEventLoopGroup
    private let bridge: Bridge
    private let server: APIServer
    private let listening: [String]
    private let logger: Logger

    /// Reads every file, binds every listener and opens the database; nothing is served yet.
    init(_ options: ServeCommand, logger: Logger) throws {
        self.logger = logger
        let tls = try Self.material(options)
        if options.xmppVerify == .none {
            logger.warning("the XMPP server's certificate is not checked: --xmpp-verify none is for labs only")
        }
        let sockets = try Self.bind(options)
        _ = FileDescriptorLimit.raise(toHold: HTTPServer.Limits().fileDescriptors, logger: logger)
        let store = try Store(path: options.database)
        try FirstUser.make(in: store, passwordFile: options.adminPasswordFile)
        var identity: ServerIdentity?
        if !sockets.https.isEmpty {
            let certificate = try ServerCertificate.selfSigned(besideDatabase: options.database)
            identity = certificate.identity
            if let path = certificate.madeAt {
                logger.notice("made a self-signed certificate", metadata: ["path": "\(path)"])
            }
        }
        let listeners =
            sockets.https.map { HTTPServer.Listener($0, identity: identity) }
            + sockets.http.map { HTTPServer.Listener($0) }
        listening =
            sockets.https.map { "https://\($0.localAddress)" } + sockets.http.map { "http://\($0.localAddress)" }
        resolver = try AresResolver(servers: options.dnsServers.map(\.address))
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        bridge = Bridge(
            tls: tls, resolver: resolver, eventLoop: group.next(), logger: Logger(label: "xmpp"))
        server = try APIServer(
            store: store, bridge: bridge, listeners: listeners, version: Version.text, logger: Logger(label: "api"))
    }

    /// Serves until the process is told to stop.
    func run() async throws {
        try server.start()
        for address in listening { logger.notice("listening", metadata: ["address": "\(address)"]) }
        try? await gracefulShutdown()
        logger.notice("stopping")
        await server.stop(within: Self.stopLimit)
        await bridge.stop()
        resolver.shutdown()
        try await group.shutdownGracefully()
        logger.notice("stopped")
    }

    private static func material(_ options: ServeCommand) throws -> TLSMaterial {
        do {
            return try TLSMaterial(
                certificateChainPEM: options.xmppCertificate.map {
                    try FileContents.bytes($0, option: "--xmpp-certificate")
                },
                privateKeyPEM: options.xmppKey.map { try FileContents.bytes($0, option: "--xmpp-key") },
                trustRootsPEM: options.xmppCAFile.map { try FileContents.bytes($0, option: "--xmpp-ca-file") },
                verification: options.xmppVerify)
        } catch let error as TLSMaterialError {
            throw StartError("The certificates for the XMPP server can't be used: \(error)")
        }
    }

    private static func bind(_ options: ServeCommand) throws -> (https: [ListeningSocket], http: [ListeningSocket]) {
        var https = options.listen
        if https.isEmpty, options.listenHTTP.isEmpty { https = [ListenAddress(host: "127.0.0.1", port: 8443)] }
        return (
            try https.map { try ListeningSocket.bind(host: $0.host, port: $0.port) },
            try options.listenHTTP.map { try ListeningSocket.bind(host: $0.host, port: $0.port) }
        )
    }
}
