internal import BridgeEngine
internal import Glibc
internal import Logging

/// A server's own thread: accepts connections, cuts those whose time is up, notices clients that leave while they
/// wait, and stops the server.
///
/// Made and used on one thread, except for `init`, whose object goes to that thread as a whole.
final class HTTPServerThread {
    private let core: HTTPServerCore
    private var listeners: [HTTPServer.Listener]
    /// All daemons; those for plain connections first.
    private let daemons: [MHDDaemon]
    private let plainDaemons: Range<Int>
    private let secureDaemons: Range<Int>
    /// How often deadlines are looked at while there are connections, in milliseconds.
    private let interval: UInt64
    /// Until when nothing is accepted because the process is out of descriptors, and the listeners are not watched.
    private var acceptAgainAt: UInt64?
    private var isAccepting = false
    private var nextLook: UInt64 = 0
    private var nextPoke: UInt64 = 0
    /// Whether a daemon has to be poked.
    private var isCrowded = false

    /// How often a crowded daemon is poked, in milliseconds.
    private static let pokeInterval: UInt64 = 50
    /// How long the last answers of a server that stops may take.
    private static let lastAnswers: UInt64 = 1_000_000_000

    init(core: HTTPServerCore, listeners: [HTTPServer.Listener], daemons: [MHDDaemon], plainDaemons: Int) {
        self.core = core
        self.listeners = listeners
        self.daemons = daemons
        self.plainDaemons = 0..<plainDaemons
        self.secureDaemons = plainDaemons..<daemons.count
        let shortest = min(core.requestNanoseconds, core.responseNanoseconds, core.refusalNanoseconds)
        self.interval = min(max(shortest / 8 / 1_000_000, 20), 1000)
    }

    /// Serves until the server has stopped.
    func run() {
        setAccepting(true)
        while !core.isStopping {
            handle(core.poll.wait(milliseconds: waitTime()))
            cutLate()
            pokeCrowded()
            if let again = acceptAgainAt, again <= core.now { setAccepting(true) }
        }
        stop()
    }

    private func waitTime() -> Int32 {
        if isCrowded { return Int32(Self.pokeInterval) }
        if acceptAgainAt != nil { return 100 }
        return core.connectionCount == 0 ? -1 : Int32(interval)
    }

    private func handle(_ tokens: [UInt64]) {
        for token in tokens {
            if token < UInt64(listeners.count) {
                accept(Int(token))
            } else {
                core.waiting(token)?.clientGone()
            }
        }
    }

    // MARK: Accepting

    private func setAccepting(_ isOn: Bool) {
        acceptAgainAt = nil
        guard isOn != isAccepting else { return }
        isAccepting = isOn
        for (index, listener) in listeners.enumerated() {
            let descriptor = listener.socket.rawDescriptor
            if isOn {
                core.poll.watch(descriptor, token: UInt64(index))
            } else {
                core.poll.remove(descriptor)
            }
        }
    }

    private func accept(_ index: Int) {
        let listener = listeners[index]
        // A bounded number, so that a flood of connections does not keep this thread from its other work.
        for _ in 0..<64 {
            guard isAccepting else { return }
            guard let (descriptor, remote) = PeerAddress.accept(from: listener.socket.rawDescriptor) else {
                switch errno {
                case EAGAIN: return
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    core.logger.warning(
                        "no connection can be accepted for now", metadata: [LogKey.error: "\(SystemError.text(errno))"])
                    setAccepting(false)
                    acceptAgainAt = core.now + 100_000_000
                    return
                default: continue  // The client gave up before it was accepted.
                }
            }
            let credentials = listener.identity?.credentials
            let range = credentials == nil ? plainDaemons : secureDaemons
            guard let connection = core.admit(descriptor, remote, credentials: credentials, daemons: range) else {
                core.logger.debug("connection over the limit closed", metadata: [LogKey.client: "\(remote.host)"])
                close(descriptor)
                continue
            }
            if !daemons[connection.daemon].add(descriptor, remote) { core.drop(descriptor) }
        }
    }

    // MARK: Deadlines

    private func cutLate() {
        let now = core.now
        guard now >= nextLook else { return }
        nextLook = now + interval * 1_000_000
        for connection in core.connections where connection.cut(at: now) {
            core.logger.debug("slow connection cut", metadata: [LogKey.client: "\(connection.remote.host)"])
        }
    }

    /// See `MHDDaemon.poke`.
    private func pokeCrowded() {
        let crowded = core.daemons(withAtLeast: MHDDaemon.crowd)
        isCrowded = !crowded.isEmpty
        let now = core.now
        guard isCrowded, now >= nextPoke else { return }
        nextPoke = now + Self.pokeInterval * 1_000_000
        for index in crowded { daemons[index].poke() }
    }

    // MARK: Stopping

    private func stop() {
        setAccepting(false)
        for listener in listeners { listener.socket.close() }
        listeners = []
        for connection in core.connections { connection.endIfIdle() }
        wait { core.draining.until }
        // From here on nothing is suspended; whatever is suspended gets its answer.
        _ = core.enter(.refusing)
        for exchange in core.allWaiting { exchange.serverStops() }
        let end = core.now + Self.lastAnswers
        wait { end }
        for daemon in daemons { daemon.stop() }
        core.dropArriving()
        core.finishStop()
    }

    /// Goes on with the work until no request is left or the time has come.
    private func wait(until deadline: () -> UInt64) {
        while true {
            let (_, exchanges) = core.draining
            let now = core.now
            let end = deadline()
            guard exchanges > 0, now < end else { return }
            let left = (end - now + 999_999) / 1_000_000
            handle(core.poll.wait(milliseconds: Int32(clamping: min(left, interval, Self.pokeInterval))))
            cutLate()
            pokeCrowded()
        }
    }
}
