internal import Logging

internal import Glibc
internal import NIOConcurrencyHelpers

/// An HTTP/1.1 server for plain and TLS connections, made of libmicrohttpd.
///
/// ```swift
/// let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 8080)
/// let server = try HTTPServer(listeners: [.init(socket)], handler: handler, logger: logger)
/// try server.start()
/// …
/// await server.stop(within: .seconds(5))
/// ```
///
/// One thread of its own accepts and keeps the time; `threads` threads of libmicrohttpd, for plain and for TLS
/// connections each where there are such listeners, do everything else. Requests that wait for an answer cost no
/// thread.
public final class HTTPServer: Sendable {
    /// A bound socket and what is spoken on it.
    public struct Listener: Sendable {
        /// The socket; the server closes it when it stops.
        public let socket: ListeningSocket
        /// The certificate for HTTPS; nil for plain HTTP.
        public let identity: ServerIdentity?

        /// A listener for HTTPS, or for plain HTTP without an identity.
        public init(_ socket: ListeningSocket, identity: ServerIdentity? = nil) {
            self.socket = socket
            self.identity = identity
        }
    }

    private let core: HTTPServerCore
    private let listeners: [Listener]
    private let threads: Int

    /// Prepares a server; nothing is served before `start`.
    ///
    /// - Parameters:
    ///   - threads: libmicrohttpd's threads, at least 1.
    ///   - handler: Answers the requests; see there for what it may do.
    /// - Throws: `HTTPServerError` with the code `.cannotStart` when the kernel has no descriptors left.
    init(
        listeners: [Listener], limits: Limits = Limits(), threads: Int = 1, handler: any HTTPHandler, logger: Logger
    ) throws {
        self.listeners = listeners
        self.threads = max(threads, 1)
        core = try HTTPServerCore(limits: limits, daemons: 2 * max(threads, 1), handler: handler, logger: logger)
    }

    deinit { core.drain(until: 0, waiter: nil) }

    /// Starts to serve.
    ///
    /// - Throws: `HTTPServerError` with the code `.cannotStart`; also when it was started or stopped before. Nothing
    ///   is served then.
    public func start() throws {
        guard core.enter(.running) else {
            throw HTTPServerError(.cannotStart, "Cannot start the HTTP server: it was started or stopped before")
        }
        var daemons: [MHDDaemon] = []
        do {
            let plain = listeners.contains { $0.identity == nil } ? threads : 0
            let secure = listeners.contains { $0.identity != nil } ? threads : 0
            for index in 0..<plain + secure {
                daemons.append(try MHDDaemon(core: core, isSecure: index >= plain))
            }
            let thread = HTTPServerThread(core: core, listeners: listeners, daemons: daemons, plainDaemons: plain)
            try Self.detach(thread)
        } catch {
            for daemon in daemons { daemon.stop() }
            core.finishStop()
            throw error
        }
    }

    /// Stops.
    ///
    /// At once: the listening sockets are closed, idle connections are closed, further requests on other connections
    /// are refused with 503. Requests under way go on; when none is left, or `time` has passed, those that still wait
    /// get the refusal for 503, streams are ended, and everything is closed. May be called several times and at the
    /// same time: the shortest time counts, and all calls return when the server has stopped, that is when no function
    /// of the handler runs any more. It takes at most about a second longer than `time`.
    public func stop(within time: Duration) async {
        if core.stopIfIdle() {
            for listener in listeners { listener.socket.close() }
            return
        }
        await withCheckedContinuation { continuation in
            core.drain(until: core.now + time.wholeNanoseconds, waiter: continuation)
        }
    }

    /// For tests: the contexts made and freed.
    var counters: HTTPServerCounters { core.counters.withLockedValue { $0 } }

    /// For tests: connections open now.
    var connectionCount: Int { core.connectionCount }

    /// What it has to do; costs two locks.
    var load: HTTPServerLoad { core.load }

    /// Gives the server's thread its object and lets it run by itself.
    private static func detach(_ thread: HTTPServerThread) throws {
        var identifier = pthread_t()
        let context = Unmanaged.passRetained(thread)
        let status = pthread_create(
            &identifier, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<HTTPServerThread>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw HTTPServerError(.cannotStart, "Cannot start a thread: \(SystemError.text(status))")
        }
        pthread_detach(identifier)
    }
}
