internal import BridgeEngine
internal import ConfigAPI
internal import Foundation
internal import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import UnixSignals

/// Store, bridge and HTTP server, put together.
struct CallBridgeService: Service, CustomStringConvertible {
    /// What log lines call it.
    let description = "callbridge"
    /// How long requests in progress may take once the server is to stop.
    private static let stopLimit = Duration.seconds(5)
    /// How often it is looked whether our own certificate has to be made anew.
    private static let renewalInterval = Duration.seconds(3600)

    private let resolver: AresResolver
    private let group: MultiThreadedEventLoopGroup
    private let bridge: Bridge
    private let server: APIServer
    private let certificate: ServerCertificate?
    private let watches: [FileWatch]
    private let hangUps: UnixSignalsSequence
    private let manager: ServiceManager?
    private let listening: [String]
    private let isStopping = NIOLockedValueBox(false)
    private let logger: Logger

    /// Reads every file, binds every listener and opens the database; nothing is served yet.
    ///
    /// What can fail comes first, what leaves something behind last: a start that fails makes no database and shows no
    /// password. Warnings are logged once nothing can fail any more.
    /// - Parameter hangUps: for each of them the certificates are read anew.
    init(_ options: ServeOptions, hangUps: UnixSignalsSequence, logger: Logger) throws {
        self.hangUps = hangUps
        self.logger = logger
        manager = ServiceManager(environment: ProcessInfo.processInfo.environment)
        let files = options.xmpp.files.map(FileFingerprint.init)
        let material = try XMPPMaterial(options.xmpp)
        let loginFiles = options.logins.caFile.map { [FileFingerprint($0)] } ?? []
        let loginAuthorities = try options.logins.caFile.map(LoginAuthorities.read)
        var certificate = try Self.certificate(options)
        let (limits, limitWarning) = try Self.limits(options.clients)
        let https = try options.api.httpsAddresses.map { try ListeningSocket.bind(host: $0.host, port: $0.port) }
        let http = try options.api.listenHTTP.map { try ListeningSocket.bind(host: $0.host, port: $0.port) }
        // The attempt has a limit of its own for each look-up; the resolver's is behind it.
        resolver = try AresResolver(servers: options.xmpp.dnsServers, timeout: options.limits.dns + .seconds(1))
        // The file of an older start may be gone; it is missed only where there is no user.
        let firstUser = Result { try FirstUser(passwordFile: options.firstUser.passwordFile) }
        let path = options.store.database
        if !FileManager.default.fileExists(atPath: path) { _ = try firstUser.get() }

        let store = try Store(path: path)
        var warnings = [material.warning, NamedFile.exposure(of: path), limitWarning]
        if try !store.hasUsers() {
            let firstUser = try firstUser.get()
            warnings.append(firstUser.warning)
            if let saved = try certificate?.save() { Self.note(saved, logger) }
            try firstUser.make(in: store)
        } else if let saved = try certificate?.save() {
            Self.note(saved, logger)
        }
        // Here, so that a second server whose start fails does not exchange the file of the one that runs.
        certificate = certificate?.renewedForStart()
        warnings += certificate?.warnings ?? []
        self.certificate = certificate
        listening = https.map { "https://\($0.localAddress)" } + http.map { "http://\($0.localAddress)" }
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var bridgeOptions = BridgeOptions()
        bridgeOptions.limits = options.limits.stepLimits
        bridgeOptions.pingInterval = options.liveness.pingInterval
        bridgeOptions.software.version = Version.text
        let logins = LoginSettings(store: store, initial: try options.logins.policy())
        let gate = try LoginGate(
            store: store, settings: logins, attempts: options.logins.attempts, authorities: loginAuthorities,
            logger: Logger(label: "login"))
        bridge = Bridge(
            options: bridgeOptions, tls: material.tls, resolver: resolver, logins: gate, eventLoop: group.next(),
            logger: Logger(label: "xmpp"))
        server = try APIServer(
            store: store, bridge: bridge, logins: logins, gate: gate,
            listeners: https.map { HTTPServer.Listener($0, identity: certificate?.identity) }
                + http.map { HTTPServer.Listener($0) },
            version: Version.text, emulatedVersion: options.api.emulatedVersion, limits: limits,
            passwordAttempts: options.clients.passwordAttempts, threads: options.api.threads,
            logger: Logger(label: "api"))
        let xmpp = options.xmpp
        var watches = [
            FileWatch(
                xmpp.files,
                messages: .init(
                    read: "read the certificates for the XMPP server anew",
                    refused: "the certificates for the XMPP server can't be used; the old ones stay"),
                files: files, logger: logger
            ) { [bridge] in
                let material = try XMPPMaterial(xmpp)
                material.warning?.log(to: logger)
                bridge.use(material.tls)
            }
        ]
        if let certificate, !https.isEmpty { watches.append(Self.watch(certificate, logger)) }
        if let file = options.logins.caFile {
            let messages = FileWatch.Messages(
                read: "read the authorities of the HTTP service for logins anew",
                refused: "the authorities of the HTTP service for logins can't be used; the old ones stay")
            watches.append(
                FileWatch([file], messages: messages, files: loginFiles, logger: logger) {
                    gate.trust(try LoginAuthorities.read(file))
                })
        }
        self.watches = watches
        if let certificate, certificate.isRenewed { Self.noteRenewed(certificate, logger) }
        if let file = options.file.path {
            logger.info("read the configuration file", metadata: [LogKey.file: "\(file)"])
        }
        for warning in warnings { warning?.log(to: logger) }
        if options.xmpp.verify == .none {
            logger.warning("the XMPP server's certificate is not checked: --xmpp-verify none is for labs only")
        }
        if https.isEmpty, options.api.certificate != nil {
            logger.warning("--tls-certificate is not used: HTTPS is served nowhere")
        }
        if logins.isStored, options.logins.hasPolicy {
            logger.notice("--login-mode, --login-url and --login-host are not used: the policy was set over the API")
        }
    }

    /// Serves until the process is told to stop.
    func run() async throws {
        // What it is at first is no change; nothing else tells anything yet.
        manager?.tell(bridge.status.sentence)
        let told = manager.map { manager in bridge.observe { manager.tell($0.sentence) } }
        try server.start()
        for watch in watches { watch.start() }
        for address in listening { logger.notice("listening", metadata: [LogKey.address: "\(address)"]) }
        await untilShutdown()
        told?.cancel()
        isStopping.withLockedValue { $0 = true }
        manager?.stopping()
        for watch in watches { watch.stop() }
        logger.notice("stopping")
        // Side by side: a slow client must not hold back the good-bye to the XMPP server.
        async let requestsFinished: Void = server.stop(within: Self.stopLimit)
        await bridge.stop()
        await requestsFinished
        await server.finish()
        resolver.shutdown()
        try await group.shutdownGracefully()
        logger.notice("stopped")
    }

    /// Waits for the end; SIGHUP meanwhile means that files are to be read anew.
    private func untilShutdown() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await manager?.ready()
                for await _ in hangUps { reload() }
            }
            if let manager, let interval = manager.watchdogInterval {
                group.addTask { await showLife(to: manager, every: interval) }
            }
            group.addTask {
                while (try? await Task.sleep(for: Self.renewalInterval)) != nil { renewCertificate() }
            }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    /// Reads all files anew. Nothing waits for that but the message that it is done: a file that can't be read to its end,
    /// on a share that does not answer, holds up neither the others nor the stop.
    private func reload() {
        manager?.reloading()
        renewCertificate()
        Task {
            await withTaskGroup(of: Void.self) { group in
                for watch in watches { group.addTask { await watch.reload() } }
            }
            if !isStopping.withLockedValue({ $0 }) { await manager?.ready() }
        }
    }

    /// Tells the service manager that the bridge's event loop still turns.
    private func showLife(to manager: ServiceManager, every interval: Duration) async {
        repeat {
            guard (try? await group.next().submit {}.get()) != nil else { return }
            manager.alive()
        } while (try? await Task.sleep(for: interval)) != nil
    }

    /// What HTTPS shows: the administrator's certificate, which is checked also where it is not used, or our own; nil
    /// where there is neither certificate nor HTTPS.
    private static func certificate(_ options: ServeOptions) throws -> ServerCertificate? {
        if let certificate = options.api.certificate, let key = options.api.key {
            return try ServerCertificate.given(
                certificate: certificate, key: key, clientAuthorities: options.api.clientAuthorities)
        }
        guard !options.api.httpsAddresses.isEmpty else { return nil }
        let hosts = options.api.httpsAddresses.map(\.host).filter { IPAddress($0)?.isAny == false }
        return try ServerCertificate.own(
            besideDatabase: options.store.database, hosts: hosts, clientAuthorities: options.api.clientAuthorities)
    }

    private static func watch(_ certificate: ServerCertificate, _ logger: Logger) -> FileWatch {
        // What was made at this start has been saved by now.
        let files = certificate.seen ?? certificate.files.paths.map(FileFingerprint.init)
        return FileWatch(
            certificate.files.paths,
            messages: .init(
                read: "read the certificates for HTTPS anew",
                refused: "the certificates for HTTPS can't be used; the old ones stay"),
            files: files, logger: logger
        ) {
            for warning in try certificate.reload() { warning.log(to: logger) }
        }
    }

    /// Our own certificate never ends while we run: it is written anew in time, and its watch sees that.
    private func renewCertificate() {
        do {
            if let certificate, try certificate.renew() { Self.noteRenewed(certificate, logger) }
        } catch {
            logger.warning("the self-signed certificate can't be made anew", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// The limits for clients, lowered to what the limit of open files allows.
    private static func limits(_ options: LimitOptions) throws -> (HTTPServer.Limits, StartWarning?) {
        var limits = options.limits
        let needed = limits.fileDescriptors
        let files = FileDescriptorLimit.raise(toHold: needed)
        guard limits.fit(fileDescriptors: files) else {
            throw StartError("The limit of open files is too low: it is \(files), and \(needed) are needed.")
        }
        guard limits.connections < options.connections else { return (limits, nil) }
        let warning = StartWarning(
            message: "the limit of open files is too low for --max-connections: fewer are served",
            details: [
                LogKey.limit: "\(files)", LogKey.needed: "\(needed)", LogKey.connections: "\(limits.connections)",
            ])
        return (limits, warning)
    }

    private static func noteRenewed(_ certificate: ServerCertificate, _ logger: Logger) {
        logger.notice(
            "made the self-signed certificate anew", metadata: [LogKey.file: "\(certificate.files.certificate)"])
    }

    private static func note(_ certificate: String, _ logger: Logger) {
        logger.notice("made a self-signed certificate", metadata: [LogKey.file: "\(certificate)"])
    }
}
