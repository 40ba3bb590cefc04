internal import Logging
internal import NIOConcurrencyHelpers

/// What the threads of one server share.
///
/// The lock is the innermost but for the counters': under it nothing else is called.
final class HTTPServerCore: Sendable {
    /// A server's life, in this order.
    enum Phase: Int, Comparable {
        case idle, running
        /// New connections and new requests are refused, those under way are finished.
        case draining
        /// Nothing may be suspended any more.
        case refusing
        case stopped

        static func < (one: Phase, other: Phase) -> Bool { one.rawValue < other.rawValue }
    }

    struct State {
        var phase = Phase.idle
        /// When draining becomes refusing, in nanoseconds of the monotonic clock.
        var drainUntil: UInt64 = .max
        /// Numbers connections and requests; small numbers are the listeners' tokens in the poll set.
        var lastID: UInt64 = 1 << 32
        /// Accepted and handed to libmicrohttpd, which has not started them yet, by descriptor.
        var arriving: [Int32: HTTPConnection] = [:]
        var connections: [UInt64: HTTPConnection] = [:]
        /// Those of them whose requests are answered with 503.
        var refused = 0
        var perClient: [PeerAddress.Client: Tally] = [:]
        var perDaemon: [Int]
        /// Requests whose connections are suspended.
        var waiting: [UInt64: HTTPExchange] = [:]
        /// Requests from their first line to their completion.
        var exchanges = 0
        /// Connections accepted by the kernel and closed at once.
        var turnedAway = 0
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
    }

    /// The connections of one client.
    struct Tally {
        var served = 0
        var refused = 0
    }

    let limits: HTTPServer.Limits
    let handler: any HTTPHandler
    let logger: Logger
    let poll: HTTPServerPoll
    /// For tests: what was made and freed.
    let counters = NIOLockedValueBox(HTTPServerCounters())
    /// With what the ids of this server's requests begin, so that two runs have different ones.
    let requestPrefix = String(UInt32.random(in: .min ... .max), radix: 36) + "-"
    let requestNanoseconds: UInt64
    let responseNanoseconds: UInt64
    let idleNanoseconds: UInt64
    /// What a connection over the limit has to send its request.
    let refusalNanoseconds: UInt64
    private let state: NIOLockedValueBox<State>

    init(limits: HTTPServer.Limits, daemons: Int, handler: any HTTPHandler, logger: Logger) throws {
        self.limits = limits
        self.handler = handler
        self.logger = logger
        self.poll = try HTTPServerPoll()
        self.requestNanoseconds = limits.requestDeadline.wholeNanoseconds
        self.responseNanoseconds = limits.responseDeadline.wholeNanoseconds
        self.idleNanoseconds = UInt64(max(limits.idleTimeout, 1)) * 1_000_000_000
        self.refusalNanoseconds = min(requestNanoseconds, 5_000_000_000)
        self.state = NIOLockedValueBox(State(perDaemon: Array(repeating: 0, count: daemons)))
    }

    /// Nanoseconds of the monotonic clock.
    var now: UInt64 { MonotonicClock.nanoseconds }

    // MARK: Life

    var phase: Phase { state.withLockedValue { $0.phase } }

    /// Whether new requests are refused.
    var isStopping: Bool { phase >= .draining }

    /// Goes on to a later phase.
    /// - Returns: False if the server already was in it or beyond.
    func enter(_ phase: Phase) -> Bool {
        state.withLockedValue { state in
            guard state.phase < phase else { return false }
            state.phase = phase
            return true
        }
    }

    /// Goes from idle straight to stopped.
    /// - Returns: False if the server was started or stopped before.
    func stopIfIdle() -> Bool {
        state.withLockedValue { state in
            guard state.phase == .idle else { return false }
            state.phase = .stopped
            return true
        }
    }

    /// Begins to drain; a second call can only shorten the time.
    /// - Parameter waiter: Resumed once the server has stopped.
    func drain(until deadline: UInt64, waiter: CheckedContinuation<Void, Never>?) {
        let isOver = state.withLockedValue { state in
            state.drainUntil = min(state.drainUntil, deadline)
            guard state.phase < .stopped else { return true }
            if state.phase < .draining { state.phase = .draining }
            if let waiter { state.stopWaiters.append(waiter) }
            return false
        }
        if isOver { waiter?.resume() } else { poll.wake() }
    }

    /// The last step: who waits for the stop goes on.
    func finishStop() {
        let waiters = state.withLockedValue { state in
            defer { state.stopWaiters = [] }
            state.phase = .stopped
            return state.stopWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Until when requests are finished, and how many there are still.
    var draining: (until: UInt64, exchanges: Int) {
        state.withLockedValue { ($0.drainUntil, $0.exchanges) }
    }

    // MARK: Connections

    /// Takes in a connection that has been accepted, or tells why not.
    ///
    /// - Parameter daemons: The daemons that can serve it; the one with the fewest connections does.
    func admit(
        _ descriptor: Int32, _ remote: PeerAddress, credentials: TLSCredentials?, daemons: Range<Int>
    ) -> HTTPConnection? {
        let (connection, stale): (HTTPConnection?, HTTPConnection?) = state.withLockedValue { state in
            // libmicrohttpd tells nobody when it fails to start a connection (no memory). Its descriptor then comes
            // back from the kernel for another one, and the old entry goes.
            let stale = state.arriving.removeValue(forKey: descriptor)
            if let stale { state.forget(stale) }
            let isOverLimit = state.isFull(for: remote.client, limits)
            guard state.phase == .running, !isOverLimit || state.mayRefuse(remote.client, limits),
                let daemon = daemons.min(by: { state.perDaemon[$0] < state.perDaemon[$1] })
            else {
                state.turnedAway += 1
                return (nil, stale)
            }
            state.lastID += 1
            let connection = HTTPConnection(
                id: state.lastID, descriptor: descriptor, remote: remote, credentials: credentials,
                isOverLimit: isOverLimit, daemon: daemon, core: self)
            state.arriving[descriptor] = connection
            state.count(connection, 1)
            return (connection, stale)
        }
        _ = consume stale
        return connection
    }

    /// libmicrohttpd has not taken an admitted connection.
    func drop(_ descriptor: Int32) {
        let dropped = state.withLockedValue { state in
            let connection = state.arriving.removeValue(forKey: descriptor)
            if let connection { state.forget(connection) }
            return connection
        }
        _ = consume dropped
    }

    /// libmicrohttpd starts a connection.
    func start(_ descriptor: Int32) -> HTTPConnection? {
        state.withLockedValue { state in
            guard let connection = state.arriving.removeValue(forKey: descriptor) else { return nil }
            state.connections[connection.id] = connection
            return connection
        }
    }

    /// libmicrohttpd has closed a connection.
    func remove(_ connection: HTTPConnection) {
        state.withLockedValue { state in
            guard state.connections.removeValue(forKey: connection.id) != nil else { return }
            state.forget(connection)
        }
    }

    /// Lets connections go that libmicrohttpd was given but never started, after it has stopped.
    func dropArriving() {
        let dropped = state.withLockedValue { state in
            defer { state.arriving = [:] }
            for connection in state.arriving.values { state.forget(connection) }
            return Array(state.arriving.values)
        }
        _ = consume dropped
    }

    /// All connections that libmicrohttpd has started.
    var connections: [HTTPConnection] { state.withLockedValue { Array($0.connections.values) } }

    /// How many connections there are, those included that are about to start.
    var connectionCount: Int { state.withLockedValue { $0.connections.count + $0.arriving.count } }

    /// What the server has to do now.
    var load: HTTPServerLoad {
        let made = counters.withLockedValue { $0.connectionsMade }
        return state.withLockedValue { state in
            HTTPServerLoad(
                connections: state.connections.count + state.arriving.count, connectionsMade: made,
                connectionsRefused: state.turnedAway, requests: state.exchanges, waiting: state.waiting.count)
        }
    }

    /// The daemons with at least so many connections.
    func daemons(withAtLeast count: Int) -> [Int] {
        state.withLockedValue { state in state.perDaemon.indices.filter { state.perDaemon[$0] >= count } }
    }

    // MARK: Requests

    /// A request begins; its number.
    func beginExchange() -> UInt64 {
        state.withLockedValue { state in
            state.exchanges += 1
            state.lastID += 1
            return state.lastID
        }
    }

    /// A request is over.
    func endExchange() {
        let isLast = state.withLockedValue { state in
            state.exchanges -= 1
            return state.exchanges == 0 && state.phase >= .draining
        }
        if isLast { poll.wake() }
    }

    /// A connection is about to be suspended for a request.
    /// - Returns: False if that is no longer allowed.
    func addWaiting(_ exchange: HTTPExchange) -> Bool {
        state.withLockedValue { state in
            guard state.phase < .refusing else { return false }
            state.waiting[exchange.id] = exchange
            return true
        }
    }

    /// A connection is resumed.
    func removeWaiting(_ exchange: HTTPExchange) {
        let removed = state.withLockedValue { $0.waiting.removeValue(forKey: exchange.id) }
        _ = consume removed
    }

    /// The request that waits under a token.
    func waiting(_ token: UInt64) -> HTTPExchange? { state.withLockedValue { $0.waiting[token] } }

    /// All requests whose connections are suspended.
    var allWaiting: [HTTPExchange] { state.withLockedValue { Array($0.waiting.values) } }
}

extension HTTPServerCore.State {
    /// Whether a further connection of a client is not served.
    fileprivate func isFull(for client: PeerAddress.Client, _ limits: HTTPServer.Limits) -> Bool {
        let isFull = connections.count + arriving.count - refused >= limits.connections
        guard limits.connectionsPerAddress > 0 else { return isFull }
        return isFull || perClient[client, default: .init()].served >= limits.connectionsPerAddress
    }

    /// Whether a connection that is not served may be told so.
    fileprivate func mayRefuse(_ client: PeerAddress.Client, _ limits: HTTPServer.Limits) -> Bool {
        guard refused < limits.refusedConnections else { return false }
        guard limits.connectionsPerAddress > 0 else { return true }
        return perClient[client, default: .init()].refused < limits.refusedConnectionsPerAddress
    }

    /// Takes a connection out of the sums.
    fileprivate mutating func forget(_ connection: HTTPConnection) { count(connection, -1) }

    fileprivate mutating func count(_ connection: HTTPConnection, _ step: Int) {
        var tally = perClient[connection.remote.client, default: .init()]
        if connection.isOverLimit {
            tally.refused += step
            refused += step
        } else {
            tally.served += step
        }
        perClient[connection.remote.client] = tally.served + tally.refused > 0 ? tally : nil
        perDaemon[connection.daemon] += step
    }
}

extension Duration {
    /// As nanoseconds, from 0 to some 292 years.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let whole = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return whole.overflow || whole.partialValue > .max / 4
            ? .max / 4 : whole.partialValue + UInt64(attoseconds / 1_000_000_000)
    }
}
