extension DiallingPlan {
    /// The target that is being tried.
    struct Dial {
        let id: DialID
        let target: DialTarget
        var addresses = AddressQueue()
        var pendingLookUps: Set<AddressFamily> = []
        var lookUpFailures: [LookUpFailure] = []
        /// TCP connects under way.
        var racing: [ConnectionID: Endpoint] = [:]
        /// The connection that won the race, in the order of its steps.
        var chosen: (id: ConnectionID, endpoint: Endpoint, step: ConnectionStep)?
        /// Whether an A answer is being held back.
        var awaitsResolutionDelay = false
        /// Whether the time between two connects has passed while there was no address for the next one.
        var isNextConnectDue = false
        var hasConnected = false
        /// Whether a connect has failed or ended, so that the target failed behind the look-up.
        var hasFailedConnect = false
    }
}
