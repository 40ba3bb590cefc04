internal import NIOCore

extension Bridge {
    /// What the lock guards: the machine, what it has published, and what it wants done.
    ///
    /// Whoever hands the machine an event publishes the outcome under the same lock, so a status can't be about older
    /// settings than the last `apply` that has returned. The actions are carried out on the event loop, in the order in
    /// which the machine named them.
    struct Core {
        var machine = BridgeMachine()
        var board: StatusBoard
        var counters = BridgeCounters()
        /// What the attempt that is under way has done so far, and the link that makes it.
        var attempt: (link: LinkID, progress: AttemptProgress)?
        var pending: [BridgeWork] = []
        var stopWaiters: [EventLoopPromise<Void>] = []
        var observers: [UInt64: @Sendable (BridgeStatus) -> Void] = [:]
        /// Published, and not told to the observers yet.
        var untold: [BridgeStatus] = []
        /// Whether a thread is telling the observers.
        var isTelling = false
        var attemptObservers: [UInt64: @Sendable (AttemptReport) -> Void] = [:]
        var loginObservers: [UInt64: @Sendable (LoginReport) -> Void] = [:]
        var nextObserver: UInt64 = 0
        var nextCheck: BridgeWork.CheckID = 0
        /// How many checks have not ended.
        var checks = 0
        /// Kept once all checks have ended after the stop.
        var checksEnd: EventLoopFuture<Void>?
        /// Whether ``Bridge/stop()`` was called.
        var isStopped = false
    }
}
