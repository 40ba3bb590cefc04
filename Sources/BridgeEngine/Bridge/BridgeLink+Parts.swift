internal import NIOCore

extension BridgeLink {
    /// What the bridge learns.
    enum Report {
        case progressed(LinkProgress)
        /// What the attempt has done so far; whenever one of its steps has begun or ended, before it goes on.
        case advanced(AttemptProgress)
        /// What the attempt did, once it has ended; before whatever else is said of its end.
        case attempted(AttemptReport)
        case connected(TLSSessionInfo)
        /// Whether another connection seems to have our name.
        case duplicateSuspected(Bool)
        /// Something about logins, over the established connection.
        case login(LoginFact)
        /// Nothing is left of the link; always the last report.
        case failed(BridgeFailure)
        /// Nothing is left of the link, as was asked for with `end()`; always the last report.
        case ended
    }

    /// What a link needs from the bridge.
    struct Environment {
        let eventLoop: any EventLoop
        let resolver: any Resolver
        var tls: TLSMaterial
        var options: BridgeOptions
        /// Counts the stanzas that are dropped.
        let countDropped: @Sendable (DroppedStanzas) -> Void
        /// Decides about logins; nil: they are not served.
        var logins: (any LoginRequestHandler)?
    }

    /// What is to be reached.
    struct Goal {
        let account: ComponentAccount
        /// The configuration revision; nil for a check.
        var revision: Int?
        /// Where the last connection's server has sent us; tried first.
        var redirect: ServerAddress?
        /// Whether the attempt goes as far as the registration; else it ends with the stream open.
        var registers = true
    }
}
