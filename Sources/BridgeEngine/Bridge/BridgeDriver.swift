internal import NIOCore

/// The bridge's side on the event loop: its link, its checks and its timers.
final class BridgeDriver {
    private var environment: BridgeLink.Environment
    private var links: [LinkID: BridgeLink] = [:]
    private var checks: [BridgeWork.CheckID: BridgeLink] = [:]
    private var checksWaiter: EventLoopPromise<Void>?
    private var retryTimer: Scheduled<Void>?
    private var stableTimer: Scheduled<Void>?
    private var reviewTimer: Scheduled<Void>?

    init(environment: BridgeLink.Environment) {
        self.environment = environment
    }

    /// Does one thing.
    /// - Parameters:
    ///   - report: gets what the machine has to know, now or later, on the event loop.
    ///   - attempted: gets the reports of attempts.
    ///   - review: called when it is time to look at the server's certificate again.
    func perform(
        _ work: BridgeWork, report: @escaping (BridgeMachine.Event) -> Void,
        attempted: @escaping (AttemptReport) -> Void, review: @escaping () -> Void
    ) {
        switch work {
        case .use(let tls): environment.tls = tls
        case .start(let id, let goal): start(id, goal, report, attempted)
        case .end(let id): links[id]?.end()
        case .startRetryTimer(let delay): retryTimer = schedule(delay) { report(.retryDue) }
        case .cancelRetryTimer: retryTimer?.cancel()
        case .startStableTimer: stableTimer = schedule(RetryPolicy.stableAfter) { report(.stable) }
        case .cancelStableTimer: stableTimer?.cancel()
        case .startReviewTimer(let delay): reviewTimer = schedule(delay, review)
        case .cancelReviewTimer: reviewTimer?.cancel()
        case .startCheck(let id, let goal, let promise): check(id, goal, promise)
        case .endCheck(let id): checks[id]?.end()
        case .endChecks(let promise):
            checksWaiter = promise
            for check in checks.values { check.end() }
            settleChecks()
        }
    }

    private func start(
        _ id: LinkID, _ goal: BridgeLink.Goal, _ report: @escaping (BridgeMachine.Event) -> Void,
        _ attempted: @escaping (AttemptReport) -> Void
    ) {
        let link = BridgeLink(goal, environment: environment) { [self] event in
            switch event {
            case .progressed(let progress): report(.progressed(id, progress))
            case .attempted(let attempt): attempted(attempt)
            case .connected(let session): report(.connected(id, session))
            case .duplicateSuspected(let isSuspected): report(.duplicateSuspected(id, isSuspected))
            case .failed(let failure):
                links[id] = nil
                report(.failed(id, failure))
            case .ended:
                links[id] = nil
                report(.ended(id))
            }
        }
        links[id] = link
        link.begin()
    }

    /// The same link, with nobody who would keep what it reaches. What it has reached is closed within the limit too.
    private func check(_ id: BridgeWork.CheckID, _ goal: BridgeLink.Goal, _ promise: EventLoopPromise<AttemptReport>) {
        var result: AttemptReport?
        var environment = environment
        environment.options.limits.attempt = environment.options.limits.check
        let link = BridgeLink(goal, environment: environment) { [self] event in
            switch event {
            case .progressed, .duplicateSuspected: break
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
