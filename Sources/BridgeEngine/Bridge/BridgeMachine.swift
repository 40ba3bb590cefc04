/// What a bridge does next: keeps one link to the XMPP server for the settings that are wanted.
///
/// Pure: events in, actions out, no I/O, clock or randomness; a delay is a range to draw from. There is at most one link
/// at a time: a link that is no longer wanted is ended first, because two streams for one name lose stanzas on some
/// servers. A deliberate end is no failure.
struct BridgeMachine {
    /// What happened. Events about a link or timer that is no longer current are ignored.
    enum Event {
        /// The settings that are wanted from now on.
        case apply(BridgeSettings, revision: Int)
        /// Somebody wants a new connection for the same settings.
        case reconnect
        case progressed(LinkID, LinkProgress)
        case connected(LinkID, TLSSessionInfo)
        /// Other certificates are there; they count from the next link on.
        case materialChanged
        /// Whether another connection seems to have our name.
        case duplicateSuspected(LinkID, Bool)
        /// An attempt has failed or a connection was lost; nothing is left of the link.
        case failed(LinkID, BridgeFailure)
        /// A link that was to end has ended.
        case ended(LinkID)
        /// It is time for the next attempt.
        case retryDue
        /// The connection has lasted ``RetryPolicy/stableAfter``.
        case stable
        case stop
    }

    /// What is to be done, in this order.
    enum Action: Equatable {
        /// Begin a link; where the last server has sent us on, at that address first.
        case start(LinkID, ComponentAccount, redirect: ServerAddress? = nil)
        /// Close the link politely; answered by `ended`.
        case end(LinkID)
        case startRetryTimer(ClosedRange<Duration>)
        case cancelRetryTimer
        case startStableTimer
        case cancelStableTimer
        /// Everything has ended after `stop`.
        case stopped
    }

    private enum Phase {
        case idle
        case attempting(LinkID, LinkProgress)
        case connected(LinkID, LinkProgress, TLSSessionInfo)
        /// The old link is being closed; then the settings of that moment count.
        case ending(LinkID)
        /// The next attempt has its time; the server is the last attempt's.
        case waiting(LinkProgress)
        case stopping(LinkID)
        case stopped
    }

    private var phase: Phase = .idle
    private var settings = BridgeSettings()
    private(set) var revision = 0
    /// Grows with each change of the effective settings, and each wish for a new connection.
    private(set) var generation = 0
    private var nextLink: UInt64 = 0
    private var attempts = 0
    private var retries = 0
    private var lastFailure: BridgeFailure?
    private var isDuplicateSuspected = false
    /// Where the last connection's server has sent us, and how often in a row that has happened.
    private var redirect: ServerAddress?
    private var redirects = 0
    /// Whether other certificates have come since the current link began.
    private var hasNewMaterial = false

    init() {}

    /// Takes an event and says what is to be done.
    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .apply(let settings, let revision): return apply(settings, revision)
        case .reconnect: return reconnect()
        case .progressed(let link, let progress): return progressed(link, progress)
        case .connected(let link, let session): return connected(link, session)
        case .duplicateSuspected(let link, let isSuspected):
            if case .connected(link, _, _) = phase { isDuplicateSuspected = isSuspected }
            return []
        case .materialChanged: return materialChanged()
        case .failed(let link, let failure): return failed(link, failure)
        case .ended(let link): return ended(link)
        case .retryDue:
            guard case .waiting = phase else { return [] }
            return go()
        case .stable:
            if case .connected = phase {
                retries = 0
                redirects = 0
            }
            return []
        case .stop: return stop()
        }
    }

    private mutating func apply(_ settings: BridgeSettings, _ revision: Int) -> [Action] {
        self.revision = revision
        guard settings != self.settings else { return [] }
        self.settings = settings
        return startAnew()
    }

    private mutating func reconnect() -> [Action] {
        switch phase {
        // There is nothing to connect with, or no more connecting.
        case .idle, .stopping, .stopped: return []
        case .attempting, .connected, .ending, .waiting: return startAnew()
        }
    }

    /// Whatever was before doesn't count any more.
    private mutating func startAnew() -> [Action] {
        generation += 1
        attempts = 0
        retries = 0
        redirects = 0
        redirect = nil
        lastFailure = nil
        switch phase {
        case .idle: return go()
        case .waiting: return [.cancelRetryTimer] + go()
        case .attempting(let link, _):
            phase = .ending(link)
            return [.end(link)]
        case .connected(let link, _, _):
            phase = .ending(link)
            return [.cancelStableTimer, .end(link)]
        case .ending, .stopping, .stopped: return []
        }
    }

    /// An open connection stays; an attempt comes to its end, and the next one follows at once.
    private mutating func materialChanged() -> [Action] {
        guard case .waiting = phase else {
            hasNewMaterial = true
            return []
        }
        return [.cancelRetryTimer] + go()
    }

    private mutating func go() -> [Action] {
        hasNewMaterial = false
        guard let account = settings.account else {
            phase = .idle
            return []
        }
        let link = LinkID(number: nextLink)
        nextLink += 1
        attempts += 1
        phase = .attempting(link, Self.firstStep(for: account))
        defer { redirect = nil }
        return [.start(link, account, redirect: redirect)]
    }

    /// What the first report of a link will say, so that the status is right before it comes.
    private static func firstStep(for account: ComponentAccount) -> LinkProgress {
        guard let server = account.server else { return LinkProgress(step: .srvLookup) }
        let target = DialTarget(host: server.host, port: server.port ?? ServerAddress.defaultPort)
        switch server.host {
        case .name: return LinkProgress(step: .addressLookup, target: target)
        case .address: return LinkProgress(step: .tcpConnect, target: target)
        }
    }

    private mutating func progressed(_ link: LinkID, _ progress: LinkProgress) -> [Action] {
        guard case .attempting(link, _) = phase else { return [] }
        phase = .attempting(link, progress)
        return []
    }

    private mutating func connected(_ link: LinkID, _ session: TLSSessionInfo) -> [Action] {
        guard case .attempting(link, let progress) = phase else { return [] }
        phase = .connected(link, progress, session)
        isDuplicateSuspected = false
        attempts = 0
        return [.startStableTimer]
    }

    private mutating func failed(_ link: LinkID, _ failure: BridgeFailure) -> [Action] {
        switch phase {
        case .attempting(link, let progress):
            // It failed with the old certificates.
            return wait(after: failure, progress, delay: hasNewMaterial ? .zero ... .zero : nil)
        case .connected(link, let progress, _): return [.cancelStableTimer] + wait(after: failure, progress)
        // It failed while it was being closed: that is an end too.
        case .ending(link), .stopping(link): return ended(link)
        case .idle, .attempting, .connected, .ending, .waiting, .stopping, .stopped: return []
        }
    }

    private mutating func wait(
        after failure: BridgeFailure, _ progress: LinkProgress, delay: ClosedRange<Duration>? = nil
    ) -> [Action] {
        let delay = delay ?? RetryPolicy.delay(after: failure, retries: retries)
        if failure.redirect != nil, failure.stage == .connected, redirects < DiallingPlan.mostRedirects {
            redirects += 1
            redirect = failure.redirect
        }
        lastFailure = failure
        retries += 1
        phase = .waiting(progress)
        return [.startRetryTimer(delay)]
    }

    private mutating func ended(_ link: LinkID) -> [Action] {
        switch phase {
        case .ending(link): return go()
        case .stopping(link):
            phase = .stopped
            return [.stopped]
        case .idle, .attempting, .connected, .ending, .waiting, .stopping, .stopped: return []
        }
    }

    private mutating func stop() -> [Action] {
        switch phase {
        case .idle:
            phase = .stopped
            return [.stopped]
        case .waiting:
            phase = .stopped
            return [.cancelRetryTimer, .stopped]
        case .attempting(let link, _):
            phase = .stopping(link)
            return [.end(link)]
        case .connected(let link, _, _):
            phase = .stopping(link)
            return [.cancelStableTimer, .end(link)]
        case .ending(let link):
            phase = .stopping(link)
            return []
        case .stopping: return []
        case .stopped: return [.stopped]
        }
    }
}

extension BridgeMachine {
    /// Whether a link is the connection that is up, and wanted.
    func isConnected(_ link: LinkID) -> Bool {
        if case .connected(link, _, _) = phase { true } else { false }
    }

    /// What the machine's state looks like from outside, without times.
    struct View: Equatable {
        var state: BridgeStatus.State
        var progress: LinkProgress?
        var session: TLSSessionInfo?
        var revision: Int
        var generation: Int
        var settings: BridgeSettings
        var attempts: Int
        var lastFailure: BridgeFailure?
        var isDuplicateSuspected = false
    }

    /// The state as it is now.
    ///
    /// While an old link is being closed, the view is about the new settings already.
    var view: View {
        var view = View(
            state: .notConfigured, revision: revision, generation: generation, settings: settings, attempts: attempts,
            lastFailure: lastFailure)
        switch phase {
        case .idle: break
        case .ending:
            if let account = settings.account {
                view.state = .connecting
                view.progress = Self.firstStep(for: account)
            }
        case .attempting(_, let progress):
            view.state = .connecting
            view.progress = progress
        case .connected(_, let progress, let session):
            view.state = .connected
            view.progress = progress
            view.session = session
            view.isDuplicateSuspected = isDuplicateSuspected
        case .waiting(let progress):
            view.state = .waiting
            view.progress = progress
        case .stopping, .stopped: view.state = .stopped
        }
        return view
    }
}
