extension DiallingPlan {
    /// Names a TCP connection of this attempt.
    typealias ConnectionID = Int
    /// Names the target that address look-ups are for; late answers for an earlier one mean nothing.
    typealias DialID = Int

    /// Names a timer of this attempt.
    enum Timer: Hashable {
        /// The whole attempt.
        case attempt
        /// The SRV look-up.
        case srvLookup
        /// The address look-ups of the current target.
        case addressLookup
        /// RFC 8305 §3: how long an A answer waits for the AAAA answer.
        case resolutionDelay
        /// RFC 8305 §5: how long one TCP connect has before the next one starts beside it.
        case connectionAttemptDelay
        /// The current step of a connection.
        case step(ConnectionID)
    }

    /// What happened. Events about a connection that is no longer wanted are ignored.
    enum Event {
        /// The SRV records, in the order in which they are to be tried (``SRVSelection``).
        case srvAnswered([SRVRecord])
        case srvFailed(LookUpFailure)
        case addressesAnswered(DialID, AddressFamily, [IPAddress])
        case addressesFailed(DialID, AddressFamily, LookUpFailure)
        case tcpConnected(ConnectionID)
        case secured(ConnectionID)
        case streamOpened(ConnectionID)
        case registered(ConnectionID)
        case failed(ConnectionID, BridgeFailure)
        case timerFired(Timer)
    }

    /// What is to be done, in this order.
    enum Action: Equatable {
        case lookUpSRV(String)
        case lookUpAddresses(DialID, String, AddressFamily)
        case cancelLookUps
        case connect(ConnectionID, Endpoint)
        case startTLS(ConnectionID, DialTarget)
        case openStream(ConnectionID)
        case register(ConnectionID)
        /// Give a connection up; nothing more is wanted of it.
        case abandon(ConnectionID)
        case startTimer(Timer, Duration)
        case cancelTimer(Timer)
        /// A step begins, for the status.
        case enter(ConnectionStep, DialTarget?, Endpoint?)
        /// The attempt has ended: this connection is registered.
        case succeed(ConnectionID)
        /// The attempt has ended.
        case fail(BridgeFailure)
    }
}
