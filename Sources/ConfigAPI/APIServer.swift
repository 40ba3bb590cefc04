public import BridgeEngine
public import Logging
internal import NIOConcurrencyHelpers

/// The HTTP side of a Call Bridge: serves the configuration API from a store and a bridge.
///
/// ```swift
/// let store = try Store(path: "callbridge.sqlite")
/// let logins = LoginSettings(store: store)
/// let gate = try LoginGate(store: store, settings: logins, logger: logger)
/// let bridge = Bridge(tls: material, resolver: resolver, logins: gate, eventLoop: loop, logger: logger)
/// let server = try APIServer(
///     store: store, bridge: bridge, logins: logins, gate: gate, listeners: listeners, version: "1.0", logger: logger)
/// try server.start()
/// await server.stop(within: .seconds(5))
/// await bridge.stop()
/// await server.finish()
/// ```
public final class APIServer: Sendable {
    private let server: HTTPServer
    private let store: Store
    private let bridge: Bridge
    private let userWatch: UserWatch
    private let feed: StatusFeed
    private let attempts: AttemptLog
    private let events: EventLog
    private let observations: [StatusObservation]

    /// A server on sockets that are bound already; it serves nothing yet.
    /// - Parameters:
    ///   - store: the settings and the users.
    ///   - bridge: gets the settings, and tells its state.
    ///   - logins: who may log in at the XMPP server.
    ///   - gate: decides about logins; the same that the bridge has.
    ///   - listeners: the sockets, each with a certificate or without.
    ///   - version: of this program, for the `Server` field.
    ///   - emulatedVersion: the CMS release that clients are told; default 2.9.
    ///   - limits: what clients may cost.
    ///   - passwordAttempts: wrong passwords for one user from one address within a minute, then that user is answered
    ///     with 429 there for a minute; 0: no limit.
    ///   - threads: threads that answer requests.
    ///   - logger: gets one line for each change at `notice`; never a secret.
    public init(
        store: Store, bridge: Bridge, logins: LoginSettings, gate: LoginGate, listeners: [HTTPServer.Listener],
        version: String,
        emulatedVersion: String = "2.9", limits: HTTPServer.Limits = .init(), passwordAttempts: Int = 10,
        threads: Int = 2, logger: Logger
    ) throws {
        self.store = store
        self.bridge = bridge
        let authenticator = try Authenticator(
            attempts: passwordAttempts, decoy: { try store.decoy(for: $0) }, logger: logger
        ) { try store.user($0) }
        let feed = StatusFeed(bridge: bridge)
        self.feed = feed
        let usersChanged: @Sendable () -> Void = {
            authenticator.forgetAll()
            feed.endStreams()
        }
        store.onUserChange(usersChanged)
        store.onBridgeUserChange { gate.forgetAll() }
        userWatch = try UserWatch(
            databasePath: store.path, onBridgeUserChange: { store.bridgeUsersChanged() }, onChange: usersChanged)
        let attempts = try AttemptLog(store, logger: logger)
        self.attempts = attempts
        let events = EventLog(store, logger: logger)
        self.events = events
        let attemptMetrics = AttemptMetrics()
        let note: @Sendable (LoginReport, Requester?) -> Void = { report, requester in
            gate.metrics.count(report, at: requester == nil ? .xmpp : .api)
            events.note(report, askedBy: requester)
        }
        observations = [
            bridge.observeAttempts { report in
                attempts.add(report)
                attemptMetrics.count(report)
            }, bridge.observe { events.note($0) },
            bridge.observeLogins { note($0, nil) },
        ]
        let requestMetrics = RequestMetrics()
        // The handler comes before the server whose load it tells.
        let load = NIOLockedValueBox<(@Sendable () -> HTTPServerLoad)?>(nil)
        let report = MetricsReport(
            requests: requestMetrics, attempts: attemptMetrics, logins: gate.metrics, bridge: bridge,
            writes: store.writes, version: version, emulatedVersion: emulatedVersion
        ) { load.withLockedValue { $0 }?() ?? HTTPServerLoad() }
        let writer = ConfigurationWriter(store: store, bridge: bridge, logger: logger)
        let handler = APIHandler(
            authenticator: authenticator,
            resources: APIResources(
                configuration: ConfigurationResource(store: store, writer: writer),
                status: ConnectionStatusResource(bridge: bridge, feed: feed),
                check: CheckResource(store: store, bridge: bridge),
                reconnect: ReconnectResource(bridge: bridge, events: events),
                attempts: AttemptsResource(log: attempts),
                login: LoginResource(settings: logins, store: store, logger: logger),
                loginCheck: LoginCheckResource(logins: gate, store: store) { note($0, $1) },
                users: UsersResource(store: store, logger: logger),
                systemStatus: SystemStatusResource(hostID: store.hostID, emulatedVersion: emulatedVersion),
                alarms: AlarmsResource(bridge: bridge), events: EventsResource(log: events),
                readiness: ReadinessResource(
                    store: StoreCheck { store.checkUsability(completion: $0) }, bridge: bridge),
                metrics: MetricsResource(report),
                configurationPage: ConfigurationPageResource(store: store, bridge: bridge, writer: writer),
                checkPage: CheckPageResource(store: store, bridge: bridge),
                statusPage: StatusPageResource(bridge: bridge, attempts: attempts, events: events)),
            metrics: requestMetrics,
            serverName: "Callbridge/\(version)", logger: logger)
        let server = try HTTPServer(
            listeners: listeners, limits: limits, threads: threads, handler: handler, logger: logger)
        self.server = server
        load.withLockedValue { $0 = { [weak server] in server?.load ?? HTTPServerLoad() } }
    }

    /// Gives the bridge the stored configuration and begins to serve.
    public func start() throws {
        let configuration = store.configuration
        bridge.apply(configuration.bridgeSettings, revision: configuration.revision)
        try server.start()
        userWatch.start()
    }

    /// Takes no more requests, lets those in progress finish for at most `limit`, and ends.
    public func stop(within limit: Duration) async {
        // Who only waits would hold up the end for as long as it may take.
        feed.stop()
        await server.stop(within: limit)
        userWatch.stop()
    }

    /// Writes what the bridge has still reported, and closes the database, which is one file then; to be called once both
    /// have stopped.
    public func finish() async {
        for observation in observations { observation.cancel() }
        await attempts.flush()
        await events.flush()
        userWatch.close()
        store.closeConnections()
    }
}
