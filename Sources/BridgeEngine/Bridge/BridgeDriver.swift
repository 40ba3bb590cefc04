internal import NIOCore

/// The bridge's side on the event loop: its link, its checks and its timers.
final class BridgeDriver {
    /// What the bridge learns; on the event loop, now or later.
    enum News {
        /// What the machine has to know.
        case machine(BridgeMachine.Event)
        /// What the attempt of a link has done so far.
        case advanced(LinkID, AttemptProgress)
        case attempted(LinkID, AttemptReport)
        /// It is time to look at the server's certificate again.
        case reviewDue
        case login(LinkID, LoginFact)
        /// It is time to tell how many logins there were since they were told last.
        case loginCountsDue
    }

    private var environment: BridgeLink.Environment
    private var links: [LinkID: BridgeLink] = [:]
    private var checks: [BridgeWork.CheckID: BridgeLink] = [:]
    private var checksWaiter: EventLoopPromise<Void>?
    private var retryTimer: Scheduled<Void>?
    private var stableTimer: Scheduled<Void>?
    private var reviewTimer: Scheduled<Void>?
    private var loginTimer: Scheduled<Void>?

    init(environment: BridgeLink.Environment) {
        self.environment = environment
    }

    /// Does one thing.
    func perform(_ work: BridgeWork, tell: @escaping (News) -> Void) {
        switch work {
        case .use(let tls): environment.tls = tls
        case .start(let id, let goal): start(id, goal, tell)
        case .end(let id): links[id]?.end()
        case .startRetryTimer(let delay): retryTimer = schedule(delay) { tell(.machine(.retryDue)) }
        case .cancelRetryTimer: retryTimer?.cancel()
        case .startStableTimer: stableTimer = schedule(RetryPolicy.stableAfter) { tell(.machine(.stable)) }
        case .cancelStableTimer: stableTimer?.cancel()
        case .startReviewTimer(let delay): reviewTimer = schedule(delay) { tell(.reviewDue) }
        case .cancelReviewTimer: reviewTimer?.cancel()
        case .startLoginTimer(let delay): loginTimer = schedule(delay) { tell(.loginCountsDue) }
        case .cancelLoginTimer: loginTimer?.cancel()
        case .startCheck(let id, let goal, let advanced, let promise): check(id, goal, advanced, promise)
        case .endCheck(let id): checks[id]?.end()
        case .endChecks(let promise):
            checksWaiter = promise
            for check in checks.values { check.end() }
            settleChecks()
        }
    }

    private func start(_ id: LinkID, _ goal: BridgeLink.Goal, _ tell: @escaping (News) -> Void) {
        let link = BridgeLink(goal, environment: environment) { [self] event in
            switch event {
            case .progressed(let progress): tell(.machine(.progressed(id, progress)))
            case .advanced(let progress): tell(.advanced(id, progress))
            case .attempted(let attempt): tell(.attempted(id, attempt))
            case .connected(let session): tell(.machine(.connected(id, session)))
            case .duplicateSuspected(let isSuspected): tell(.machine(.duplicateSuspected(id, isSuspected)))
            case .login(let fact): tell(.login(id, fact))
            case .failed(let failure):
                links[id] = nil
                tell(.machine(.failed(id, failure)))
            case .ended:
                links[id] = nil
                tell(.machine(.ended(id)))
            }
        }
        links[id] = link
        link.begin()
    }

    /// The same link, with nobody who would keep what it reaches. What it has reached is closed within the limit too.
    private func check(
        _ id: BridgeWork.CheckID, _ goal: BridgeLink.Goal, _ advanced: @escaping @Sendable (AttemptProgress) -> Void,
        _ promise: EventLoopPromise<AttemptReport>
    ) {
        var result: AttemptReport?
        var environment = environment
        environment.options.limits.attempt = environment.options.limits.check
        // Nobody is to log in over a connection that is given up at once.
        environment.logins = nil
        let link = BridgeLink(goal, environment: environment) { [self] event in
            switch event {
            case .progressed, .duplicateSuspected, .login: break
            case .advanced(let progress): advanced(progress)
            case .attempted(let attempt): result = attempt
            case .connected: checks[id]?.end()
            case .failed, .ended:
                checks[id] = nil
                if let result { promise.succeed(result) }
                settleChecks()
            }
        }
        checks[id] = link
        link.begin()
    }

    private func settleChecks() {
        guard checks.isEmpty else { return }
        checksWaiter?.succeed()
        checksWaiter = nil
    }

    private func schedule(_ delay: Duration, _ body: @escaping () -> Void) -> Scheduled<Void> {
        environment.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay), body)
    }
}
