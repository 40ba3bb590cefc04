internal import BridgeEngine
internal import Glibc
internal import Logging
internal import NIOConcurrencyHelpers

/// What the server knows of one connection, from `accept` until libmicrohttpd has closed it.
///
/// libmicrohttpd's thread of the connection and the server's own thread use it.
final class HTTPConnection: Sendable {
    private struct State {
        /// When the connection is cut, in nanoseconds of the monotonic clock.
        var deadline: UInt64
        /// Whether the descriptor still is this connection's.
        var isOpen = true
        /// The request being received or answered.
        var exchange: HTTPExchange?
        /// The last answer, if the next request may have the same.
        var repeated: RepeatedAnswer?
        /// What was found of the client's certificate.
        var certificate = CertificateFinding.none
    }

    private enum CertificateFinding {
        case none
        case good
        case bad(String)
    }

    /// Identifies it among the connections of a server.
    let id: UInt64
    let remote: PeerAddress
    /// The listener's identity as it was when the connection was made; a session of GnuTLS may use it until the
    /// connection is closed, so it is kept until then. nil on a plain connection.
    let credentials: TLSCredentials?
    /// Whether its requests are answered with 503 because there are too many connections.
    let isOverLimit: Bool
    /// The daemon that serves it: an index into the server's list.
    let daemon: Int
    private let descriptor: Int32
    private let core: HTTPServerCore
    private let state: NIOLockedValueBox<State>

    init(
        id: UInt64, descriptor: Int32, remote: PeerAddress, credentials: TLSCredentials?, isOverLimit: Bool,
        daemon: Int, core: HTTPServerCore
    ) {
        self.id = id
        self.descriptor = descriptor
        self.remote = remote
        self.credentials = credentials
        self.isOverLimit = isOverLimit
        self.daemon = daemon
        self.core = core
        state = NIOLockedValueBox(
            State(deadline: core.now + (isOverLimit ? core.refusalNanoseconds : core.requestNanoseconds)))
        core.counters.withLockedValue { $0.connectionsMade += 1 }
    }

    deinit { core.counters.withLockedValue { $0.connectionsFreed += 1 } }

    /// The request being received or answered, if there is one.
    var exchange: HTTPExchange? { state.withLockedValue { $0.exchange } }

    /// The last answer, if the next request may have the same.
    var repeated: RepeatedAnswer? { state.withLockedValue { $0.repeated } }

    /// An answer that the next request may have, too.
    func keep(_ answer: RepeatedAnswer?) { state.withLockedValue { $0.repeated = answer } }

    /// The first line of a request has come.
    func begin(_ exchange: HTTPExchange) {
        let deadline = core.now + (isOverLimit ? core.refusalNanoseconds : core.requestNanoseconds)
        state.withLockedValue {
            $0.exchange = exchange
            $0.deadline = deadline
        }
    }

    /// Why the client's certificate is not accepted; nil where it is, or none is required. It is looked at once, when
    /// the first request comes; on libmicrohttpd's thread.
    func certificateProblem(of handle: MHDConnection) -> String? {
        guard let trust = credentials?.clientTrust else { return nil }
        switch state.withLockedValue({ $0.certificate }) {
        case .good: return nil
        case .bad(let problem): return problem
        case .none:
            let problem = trust.problem(of: handle.tlsSession)
            state.withLockedValue { $0.certificate = problem.map(CertificateFinding.bad) ?? .good }
            if let problem {
                core.logger.info(
                    "client certificate refused",
                    metadata: [LogKey.reason: "\(problem)", LogKey.client: "\(remote.host)"])
            }
            return problem
        }
    }

    /// The whole request is here: what takes time now is our own doing.
    func stopDeadline() { state.withLockedValue { $0.deadline = .max } }

    /// An answer begins to be sent.
    func startResponseDeadline() {
        let deadline = core.now + core.responseNanoseconds
        state.withLockedValue { $0.deadline = deadline }
    }

    /// The request is over, well or not.
    ///
    /// The time for the next one includes the idle time, of which libmicrohttpd keeps track by itself: its clock
    /// starts again with each byte, ours does not.
    func endExchange() {
        let deadline = core.now + core.idleNanoseconds + core.requestNanoseconds
        let ended = state.withLockedValue { state in
            defer { state.exchange = nil }
            state.deadline = deadline
            return state.exchange
        }
        ended?.end()
    }

    /// libmicrohttpd is about to close the descriptor.
    func close() {
        state.withLockedValue { $0.isOpen = false }
        // Only after an error for which libmicrohttpd has no completion callback is there a request left.
        endExchange()
    }

    /// Cuts the connection if its time is up: libmicrohttpd sees the end of the stream and closes it.
    /// - Returns: Whether it was cut.
    func cut(at now: UInt64) -> Bool {
        state.withLockedValue { state in
            guard state.isOpen, state.deadline <= now else { return false }
            state.deadline = .max
            // The descriptor cannot be another connection's: `close` waits for this lock.
            shutdown(descriptor, Int32(SHUT_RDWR))
            return true
        }
    }

    /// Lets the connection end now if no request is under way.
    func endIfIdle() {
        state.withLockedValue { state in
            guard state.isOpen, state.exchange == nil else { return }
            shutdown(descriptor, Int32(SHUT_RD))
        }
    }

    /// Begins to watch for the client's leaving. Only while libmicrohttpd cannot close the connection, which is while it
    /// is suspended.
    func watchHangUp(as token: UInt64) { core.poll.watchHangUp(descriptor, token: token) }
}
