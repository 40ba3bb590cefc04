internal import NIOCore

/// What a bridge has to do on its event loop: the actions of its machine, with the delays drawn, and what is not the
/// machine's business.
enum BridgeWork {
    /// Other certificates, from the next connection on.
    case use(TLSMaterial)
    case start(LinkID, BridgeLink.Goal)
    case end(LinkID)
    case startRetryTimer(Duration)
    case cancelRetryTimer
    case startStableTimer
    case cancelStableTimer
    /// Look at the server's certificate again after this time.
    case startReviewTimer(Duration)
    case cancelReviewTimer
    /// Then tell how many logins there were meanwhile.
    case startLoginTimer(Duration)
    case cancelLoginTimer
    /// Run an attempt on the side; the closure is told how far it has come, and the promise gets its report once nothing
    /// is left of it.
    case startCheck(CheckID, BridgeLink.Goal, @Sendable (AttemptProgress) -> Void, EventLoopPromise<AttemptReport>)
    case endCheck(CheckID)
    /// End all checks; the promise is kept once nothing is left of them.
    case endChecks(EventLoopPromise<Void>)

    /// Names a check.
    typealias CheckID = UInt64
}
