public import Logging
public import NIOCore
internal import NIOConcurrencyHelpers

/// A Call Bridge's connection to its XMPP server.
///
/// ```swift
/// let bridge = Bridge(options: options, tls: material, resolver: resolver, eventLoop: loop, logger: logger)
/// bridge.apply(settings, revision: 1)
/// print(bridge.status.state)
/// await bridge.stop()
/// ```
///
/// The settings are a goal: the bridge connects, stays connected, and starts anew when they change. All calls may come
/// from any thread, and none waits for I/O.
public final class Bridge: Sendable {
    let core: NIOLockedValueBox<Core>
    let options: BridgeOptions
    private let eventLoop: any EventLoop
    let logger: Logger
    private let driver: NIOLoopBoundBox<BridgeDriver>

    /// A bridge without settings; it does nothing before ``apply(_:revision:)``.
    /// - Parameters:
    ///   - options: time limits, pings, and what the server is told of the software.
    ///   - tls: certificate, key and trust for the connections.
    ///   - resolver: for SRV, A and AAAA records.
    ///   - logins: decides about the logins of clients; nil: the server is told that we don't do that.
    ///   - eventLoop: where the bridge lives; to be shut down after ``stop()``.
    ///   - logger: gets state changes at `info`, steps and logins at `debug`; never a secret.
    public init(
        options: BridgeOptions = BridgeOptions(), tls: TLSMaterial, resolver: any Resolver,
        logins: (any LoginRequestHandler)? = nil, eventLoop: any EventLoop, logger: Logger
    ) {
        self.options = options
        self.eventLoop = eventLoop
        self.logger = logger
        let boot = String(UInt32.random(in: .min ... .max), radix: 16)
        let board = StatusBoard(
            view: BridgeMachine().view, boot: boot, verificationOff: tls.verification == .none,
            decidesLogins: logins != nil, at: options.now())
        let core = NIOLockedValueBox(Core(board: board))
        self.core = core
        let environment = BridgeLink.Environment(
            eventLoop: eventLoop, resolver: resolver, tls: tls, options: options,
            countDropped: { dropped in core.withLockedValue { $0.counters.dropped += dropped } }, logins: logins)
        driver = NIOLoopBoundBox.makeBoxSendingValue(BridgeDriver(environment: environment), eventLoop: eventLoop)
    }

    /// The latest status; costs a lock and a copy.
    public var status: BridgeStatus {
        core.withLockedValue { $0.board.status }
    }

    /// The attempt to connect that is under way, as far as it has come; nil while there is none. Costs a lock and a copy.
    ///
    /// A step shows here before ``status`` names it. The attempt is gone from here before its report is told.
    public var attemptInProgress: AttemptProgress? {
        core.withLockedValue { $0.attempt?.progress }
    }

    /// What the bridge has counted since it was made; costs a lock and a copy.
    public var counters: BridgeCounters {
        core.withLockedValue { $0.counters }
    }

    /// Calls `observer` with each newly published status, in their order, until the result is cancelled.
    ///
    /// It is called on one of the threads that publish, never on two at once, and must not block. By then ``status`` may
    /// be a later one.
    public func observe(_ observer: @escaping @Sendable (BridgeStatus) -> Void) -> StatusObservation {
        let number = core.withLockedValue { core in
            core.nextObserver += 1
            core.observers[core.nextObserver] = observer
            return core.nextObserver
        }
        return StatusObservation { [core] in
            core.withLockedValue { _ = $0.observers.removeValue(forKey: number) }
        }
    }

    /// Calls `observer` with the report of each attempt that has ended, until the result is cancelled. What has succeeded
    /// or failed is told before the status says so. Checks are not among them.
    ///
    /// It is called on the bridge's event loop and must not block.
    public func observeAttempts(_ observer: @escaping @Sendable (AttemptReport) -> Void) -> StatusObservation {
        let number = core.withLockedValue { core in
            core.nextObserver += 1
            core.attemptObservers[core.nextObserver] = observer
            return core.nextObserver
        }
        return StatusObservation { [core] in
            core.withLockedValue { _ = $0.attemptObservers.removeValue(forKey: number) }
        }
    }

    /// Replaces the settings.
    ///
    /// When it returns, ``status`` has the new revision, and says `connected` only if the effective settings are the
    /// same as before; they include the shared secret.
    public func apply(_ settings: BridgeSettings, revision: Int) {
        handle(.apply(settings, revision: revision))
    }

    /// Drops the connection, the attempt or the wait for the next one, and connects anew at once; nothing happens while
    /// there is no complete configuration.
    ///
    /// When it returns, ``status`` says `connected` only if the new connection is up, and nothing of an earlier failure.
    public func reconnect() {
        handle(.reconnect)
    }

    /// Replaces certificate, key and trust.
    ///
    /// A connection that is open stays, and they count from the next one on; while the bridge waits between two attempts,
    /// the next one starts at once.
    public func use(_ tls: TLSMaterial) {
        handle(.materialChanged) { core in
            if core.isStopped { return }
            core.pending.append(.use(tls))
            core.board.verificationOff = tls.verification == .none
        }
    }

    /// Closes the stream politely (see ``StepLimits/close``) and ends; the bridge can't be used again.
    public func stop() async {
        let promise = eventLoop.makePromise(of: Void.self)
        handle(.stop) { core in
            core.stopWaiters.append(promise)
            if core.isStopped { return }
            core.isStopped = true
            let checks = eventLoop.makePromise(of: Void.self)
            core.checksEnd = checks.futureResult
            core.pending.append(.endChecks(checks))
        }
        // The promises only ever succeed.
        try? await promise.futureResult.get()
        try? await core.withLockedValue { $0.checksEnd }?.get()
    }

    /// Begins a check.
    func startCheck(
        _ goal: BridgeLink.Goal, _ advanced: @escaping @Sendable (AttemptProgress) -> Void
    ) throws(CheckError) -> (BridgeWork.CheckID, EventLoopFuture<AttemptReport>) {
        let started: Result<(BridgeWork.CheckID, EventLoopFuture<AttemptReport>), CheckError> =
            core.withLockedValue { core in
                if core.isStopped { return .failure(.stopped) }
                if core.checks >= Self.mostChecks { return .failure(.tooMany) }
                core.checks += 1
                core.counters.checks += 1
                core.nextCheck += 1
                let promise = eventLoop.makePromise(of: AttemptReport.self)
                core.pending.append(.startCheck(core.nextCheck, goal, advanced, promise))
                return .success((core.nextCheck, promise.futureResult))
            }
        let (id, result) = try started.get()
        work()
        return (id, result)
    }

    /// Ends a check that is under way; a stop ends all of them anyway.
    func endCheck(_ id: BridgeWork.CheckID) {
        let isStopped = core.withLockedValue { core in
            if !core.isStopped { core.pending.append(.endCheck(id)) }
            return core.isStopped
        }
        if !isStopped { work() }
    }

    /// A check has ended.
    func checkHasEnded() {
        core.withLockedValue { $0.checks -= 1 }
    }

    /// - Parameter prepare: runs under the same lock, before the machine has the event.
    private func handle(_ event: BridgeMachine.Event, prepare: (inout Core) -> Void = { _ in }) {
        let (published, waiters, hasWork) = core.withLockedValue { core in
            prepare(&core)
            let actions = core.machine.handle(event)
            let now = options.now()
            var nextAttemptAt = core.board.status.nextAttemptAt
            var waiters: [EventLoopPromise<Void>] = []
            for action in actions {
                switch action {
                case .start(let link, let account, let redirect):
                    let revision = core.machine.revision
                    let goal = BridgeLink.Goal(account: account, revision: revision, redirect: redirect)
                    core.pending.append(.start(link, goal))
                case .end(let link): core.pending.append(.end(link))
                case .startRetryTimer(let range):
                    let delay = options.draw(range)
                    nextAttemptAt = now.advanced(by: delay)
                    core.pending.append(.startRetryTimer(delay))
                case .cancelRetryTimer: core.pending.append(.cancelRetryTimer)
                case .startStableTimer: core.pending.append(.startStableTimer)
                case .cancelStableTimer: core.pending.append(.cancelStableTimer)
                case .stopped: swap(&waiters, &core.stopWaiters)
                }
            }
            let wasConnected = core.board.status.state == .connected
            let isNew = core.board.publish(core.machine.view, nextAttemptAt: nextAttemptAt, at: now)
            if isNew { core.counters.note(core.board.status, wasConnected: wasConnected) }
            switch (wasConnected, core.board.status.state == .connected) {
            case (false, true): Self.startReviewTimer(&core, at: now)
            case (true, false): core.pending += [.cancelReviewTimer, .cancelLoginTimer]
            case (true, true), (false, false): break
            }
            if isNew { core.untold.append(core.board.status) }
            return (isNew ? core.board.status : nil, waiters, !core.pending.isEmpty)
        }
        for waiter in waiters { waiter.succeed() }
        if let published {
            log(published)
            tellStatuses()
        }
        // After the end there is nothing to do, and perhaps no event loop any more.
        if hasWork { work() }
    }

    func work() {
        if eventLoop.inEventLoop { drain() } else { eventLoop.execute { self.drain() } }
    }

    /// Carries out what is pending, oldest first; on the event loop.
    private func drain() {
        let driver = driver.value
        while let work = core.withLockedValue({ $0.pending.isEmpty ? nil : $0.pending.removeFirst() }) {
            driver.perform(work) { self.take($0) }
        }
    }

    private func take(_ news: BridgeDriver.News) {
        switch news {
        case .machine(let event): handle(event)
        case .advanced(let link, let progress): core.withLockedValue { $0.attempt = (link, progress) }
        case .attempted(let link, let report):
            core.withLockedValue { core in
                // Another one may have begun while this one was being ended.
                if core.attempt?.link == link { core.attempt = nil }
            }
            tell(report)
        case .reviewDue: reviewCertificate()
        case .login(let link, let fact): note(fact, of: link)
        case .loginCountsDue: tellLoginCounts()
        }
    }

    /// Not longer than a day, so that a clock that is set counts within one.
    private static func startReviewTimer(_ core: inout Core, at now: Timestamp) {
        guard let next = core.board.certificates.nextReview(after: now) else { return }
        let milliseconds = next.milliseconds - now.milliseconds
        core.pending.append(.startReviewTimer(min(.milliseconds(milliseconds), .seconds(86_400))))
    }

    private func reviewCertificate() {
        let now = options.now()
        let (published, hasEnded): (BridgeStatus?, Bool) = core.withLockedValue { core in
            guard core.board.status.state == .connected else { return (nil, false) }
            let isNew = core.board.reviewCertificate(at: now)
            if isNew { core.untold.append(core.board.status) }
            Self.startReviewTimer(&core, at: now)
            return (isNew ? core.board.status : nil, core.board.certificates.hasEnded(now))
        }
        if let published { log(published) }
        if hasEnded { logger.warning("the XMPP server's certificate has ended; the connection stays as it is") }
        tellStatuses()
        work()
    }

    /// Tells the observers what has been published. One thread does so at a time, or they could see it in another order.
    func tellStatuses() {
        guard
            core.withLockedValue({ core in
                defer { core.isTelling = true }
                return !core.isTelling
            })
        else { return }
        while true {
            let (statuses, observers) = core.withLockedValue { core in
                defer { core.untold = [] }
                core.isTelling = !core.untold.isEmpty
                return (core.untold, Array(core.observers.values))
            }
            if statuses.isEmpty { return }
            for status in statuses {
                for observer in observers { observer(status) }
            }
        }
    }

    private func tell(_ report: AttemptReport) {
        for observer in core.withLockedValue({ Array($0.attemptObservers.values) }) { observer(report) }
    }

    private func log(_ status: BridgeStatus) {
        var metadata: Logger.Metadata = [
            LogKey.revision: "\(status.revision)", LogKey.state: "\(status.state.rawValue)",
        ]
        metadata[LogKey.jid] = status.jid.map { "\($0)" }
        metadata[LogKey.server] = status.server.map { "\($0)" }
        metadata[LogKey.address] = status.address.map { "\($0)" }
        if let step = status.step {
            metadata[LogKey.step] = "\(step.rawValue)"
            logger.debug("XMPP connection step", metadata: metadata)
            return
        }
        if status.state == .waiting, let last = status.lastFailure {
            metadata[LogKey.failedStep] = "\(last.failure.stage.rawValue)"
            metadata[LogKey.reason] = "\(last.failure.reason.rawValue)"
            metadata[LogKey.detail] = "\(last.failure.detail)"
            logger.warning("XMPP connection failed", metadata: metadata)
        } else {
            if status.state == .connected, !status.warnings.isEmpty {
                let words = status.warnings.map(\.rawValue).joined(separator: ",")
                logger.warning("XMPP connection with warnings", metadata: [LogKey.warnings: "\(words)"])
            }
            logger.info("XMPP connection state", metadata: metadata)
        }
    }
}
