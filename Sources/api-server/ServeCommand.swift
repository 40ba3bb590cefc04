internal import ArgumentParser
internal import BridgeEngine
internal import ConfigAPI
internal import Glibc
internal import Logging
internal import NIOPosix
internal import ServiceLifecycle
internal import UnixSignals

/// `api-server serve`: the API and the bridge.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the configuration API and keep the connection to the XMPP server.")

    @Option(
        name: .customLong("listen"),
        help: .init(
            "Serve HTTPS here; may be repeated. (default: 127.0.0.1:8443, unless --listen-http is given)",
            valueName: "host:port"))
    var listen: [ListenAddress] = []

    @Option(
        name: .customLong("listen-http"),
        help: .init("Serve plain HTTP here; may be repeated. Loopback addresses only.", valueName: "host:port"))
    var listenHTTP: [ListenAddress] = []

    @Flag(
        name: .customLong("allow-insecure-http"),
        help: """
            Let --listen-http take addresses that other machines reach; passwords and secrets then cross the network in \
            clear.
            """)
    var allowInsecureHTTP = false

    @Option(help: .init("The database; made where there is none.", valueName: "path"))
    var database = "callbridge.sqlite"

    @Option(
        help: .init(
            """
            The password of the first user, admin, is in this file; a final newline does not count. Used only while \
            there is no user. (default: a random one, printed once)
            """,
            valueName: "file"))
    var adminPasswordFile: String?

    @Option(
        name: .customLong("xmpp-ca-file"),
        help: .init(
            "Trust these certificate authorities (PEM) for the XMPP server. (default: the system's)", valueName: "file")
    )
    var xmppCAFile: String?

    @Option(
        name: .customLong("xmpp-certificate"),
        help: .init("Our certificate for the XMPP server, with its chain (PEM).", valueName: "file"))
    var xmppCertificate: String?

    @Option(name: .customLong("xmpp-key"), help: .init("The key of --xmpp-certificate (PEM).", valueName: "file"))
    var xmppKey: String?

    @Option(
        name: .customLong("xmpp-verify"),
        help: .init(
            """
            What is checked of the XMPP server's certificate: full (chain, dates, domain and host), chain (no names), \
            none (lab only).
            """, valueName: "full|chain|none"),
        transform: verification(named:))
    var xmppVerify: TLSVerification = .full

    @Option(
        name: .customLong("dns-server"),
        help: .init(
            "Ask this DNS server; may be repeated. (default: those of /etc/resolv.conf)", valueName: "ip[:port]"))
    var dnsServers: [DNSServerArgument] = []

    @Option(
        help: .init("trace, debug, info, notice, warning, error or critical.", valueName: "level"),
        transform: logLevel(named:))
    var logLevel: Logger.Level = .info

    mutating func validate() throws {
        if let open = listenHTTP.first(where: { !$0.isLoopback }), !allowInsecureHTTP {
            throw ValidationError(
                """
                --listen-http \(open): plain HTTP is served on loopback addresses only, unless --allow-insecure-http is \
                given.
                """)
        }
        if (xmppCertificate == nil) != (xmppKey == nil) {
            throw ValidationError("--xmpp-certificate and --xmpp-key belong together.")
        }
    }

    func run() async throws {
        // A peer that goes away in the middle of a write is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let level = logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "api-server")
        let service = try CallBridgeService(self, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "lifecycle")))
        try await group.run()
    }
}

private func verification(named name: String) throws -> TLSVerification {
    guard let verification = TLSVerification(rawValue: name) else {
        throw ValidationError("There is no verification \(name).")
    }
    return verification
}

private func logLevel(named name: String) throws -> Logger.Level {
    guard let level = Logger.Level(rawValue: name) else { throw ValidationError("There is no log level \(name).") }
    return level
}
