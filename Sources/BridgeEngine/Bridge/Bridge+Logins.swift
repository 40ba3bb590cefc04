internal import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore

extension Bridge {
    /// Calls `observer` with the report of each login that has been decided, before the server has the verdict, until the
    /// result is cancelled. A login whose connection ends before is not decided.
    ///
    /// It is called on the bridge's event loop and must not block.
    public func observeLogins(_ observer: @escaping @Sendable (LoginReport) -> Void) -> StatusObservation {
        let number = core.withLockedValue { core in
            core.nextObserver += 1
            core.loginObservers[core.nextObserver] = observer
            return core.nextObserver
        }
        return StatusObservation { [core] in
            core.withLockedValue { _ = $0.loginObservers.removeValue(forKey: number) }
        }
    }

    /// Counts and tells something about logins, of this link; on the event loop.
    func note(_ fact: LoginFact, of link: LinkID) {
        log(fact)
        let isPublished = core.withLockedValue { core in
            core.counters.note(fact)
            // One that is decided while its connection is being closed is none of the next connection's.
            guard case .decided(let report) = fact, core.machine.isConnected(link) else { return false }
            return publish(&core) { $0.count(report.verdict) }
        }
        if case .decided(let report) = fact {
            for observer in core.withLockedValue({ Array($0.loginObservers.values) }) { observer(report) }
        }
        if isPublished { announce() }
    }

    /// Tells how many logins there were since they were told last; on the event loop.
    func tellLoginCounts() {
        if core.withLockedValue({ core in publish(&core) { $0.loginPauseHasEnded() } }) { announce() }
    }

    /// - Parameter change: returns whether there is a new status.
    private func publish(_ core: inout Core, _ change: (inout StatusBoard) -> Bool) -> Bool {
        guard change(&core.board) else { return false }
        core.untold.append(core.board.status)
        core.pending.append(.startLoginTimer(options.loginPause))
        return true
    }

    private func announce() {
        tellStatuses()
        work()
    }

    /// What a client can bring about is told at `debug`; that a host may not ask is the administrator's to know.
    private func log(_ fact: LoginFact) {
        switch fact {
        case .decided(let report):
            switch report.verdict {
            case .accepted: logger.debug("login accepted", metadata: Self.metadata(report))
            case .refused(let refusal):
                logger.debug("login refused", metadata: Self.metadata(report, refusal.rawValue))
            case .failed(let failure):
                logger.debug("login not decided", metadata: Self.metadata(report, failure.rawValue))
            }
        case .forbidden(let host, isNewHost: true):
            logger.notice(
                "an XMPP host asks about logins and may not; see the parameter hosts of the login policy",
                metadata: [LogKey.host: "\(StreamErrorReport.printable(host))"])
        case .forbidden(let jid, isNewHost: false):
            logger.debug(
                "a question about a login from somebody who may not ask",
                metadata: [LogKey.jid: "\(StreamErrorReport.printable(jid))"])
        case .malformed(let host, let detail):
            logger.debug(
                "a question about a login that can't be read",
                metadata: [LogKey.host: "\(host)", LogKey.detail: "\(detail)"])
        }
    }

    private static func metadata(_ report: LoginReport, _ reason: String? = nil) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            LogKey.username: "\(StreamErrorReport.printable(report.username))", LogKey.host: "\(report.host)",
        ]
        metadata[LogKey.reason] = reason.map { "\($0)" }
        return metadata
    }
}
