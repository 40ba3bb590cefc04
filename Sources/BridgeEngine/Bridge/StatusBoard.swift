/// Turns a machine's view into published statuses: adds times, sequence and run.
struct StatusBoard {
    private(set) var status: BridgeStatus
    private var view: BridgeMachine.View
    private var failureAt: Timestamp?
    private(set) var certificates = CertificateWatch()
    /// The logins since the connection was made, told or not; nil where logins are not decided.
    private var logins: LoginCounts?
    private let decidesLogins: Bool
    /// Whether logins were told a moment ago, so that more of them have to wait.
    private var isLoginPause = false
    /// Whether the server's certificate is not checked at all; told from the next published status on.
    var verificationOff: Bool

    /// - Parameters:
    ///   - boot: names this run.
    ///   - decidesLogins: whether there are counts of logins.
    init(
        view: BridgeMachine.View, boot: String, verificationOff: Bool, decidesLogins: Bool = false, at now: Timestamp
    ) {
        self.view = view
        self.decidesLogins = decidesLogins
        self.verificationOff = verificationOff
        status = BridgeStatus(
            state: view.state, revision: view.revision, sharedSecretSet: false, missing: [], attempts: 0, since: now,
            warnings: [], sequence: 0, boot: boot)
        fill(from: view)
    }

    /// Publishes a view; returns whether it says anything new.
    /// - Parameter nextAttemptAt: while waiting, when the next attempt starts.
    mutating func publish(_ view: BridgeMachine.View, nextAttemptAt: Timestamp?, at now: Timestamp) -> Bool {
        guard view != self.view else { return false }
        if view.state != self.view.state || view.generation != self.view.generation { status.since = now }
        if view.lastFailure == nil {
            failureAt = nil
        } else if view.state == .waiting, self.view.state != .waiting {
            failureAt = now
        }
        if view.settings.account == nil || view.state == .connected || view.state == .stopped {
            status.outage = nil
        } else {
            var outage =
                status.outage
                ?? BridgeStatus.Outage(id: (0..<16).map { _ in .random(in: .min ... .max) }, since: .now, failure: nil)
            outage.failure = view.lastFailure ?? outage.failure
            status.outage = outage
        }
        if self.view.session == nil, let session = view.session {
            logins = decidesLogins ? LoginCounts() : nil
            isLoginPause = false
            certificates.connected(to: view.settings.domain ?? "", at: view.progress?.target, session.peer, now)
        }
        status.sequence += 1
        status.nextAttemptAt = view.state == .waiting ? nextAttemptAt : nil
        self.view = view
        fill(from: view)
        return true
    }

    /// Looks again at the certificate of a connection that is up; returns whether there is anything new to say.
    mutating func reviewCertificate(at now: Timestamp) -> Bool {
        certificates.review(now)
        let before = status.warnings
        fill(from: view)
        guard status.warnings != before else { return false }
        status.sequence += 1
        return true
    }

    // MARK: Logins

    /// Counts a login over the connection that is up, and publishes it unless others were published a moment ago; returns
    /// whether it did. If so, ``loginPauseHasEnded()`` is to be called after a while.
    mutating func count(_ verdict: LoginVerdict) -> Bool {
        logins?.count(verdict)
        return isLoginPause ? false : publishLogins()
    }

    /// Publishes the logins since they were published last; returns whether there are any, and with them a new pause.
    mutating func loginPauseHasEnded() -> Bool {
        isLoginPause = false
        return publishLogins()
    }

    private mutating func publishLogins() -> Bool {
        guard status.state == .connected, status.loginRequests != logins else { return false }
        status.loginRequests = logins
        status.sequence += 1
        isLoginPause = true
        return true
    }

    private mutating func fill(from view: BridgeMachine.View) {
        status.state = view.state
        status.revision = view.revision
        status.sharedSecretSet = view.settings.sharedSecret != nil
        status.missing = view.state == .notConfigured ? view.settings.missing : []
        status.jid = view.settings.account?.jid
        status.attempts = view.attempts
        status.tls = view.session
        status.step = view.state == .connecting ? view.progress?.step : nil
        status.server = view.progress?.target?.description
        status.address = view.state == .waiting ? nil : view.progress?.endpoint?.description
        status.source = view.progress.map { _ in view.settings.serverAddressOverride == nil ? .srv : .override }
        status.lastFailure = view.lastFailure.flatMap { failure in
            failureAt.map { BridgeStatus.LastFailure(failure: failure, at: $0) }
        }
        status.loginRequests = view.state == .connected ? logins : nil
        status.warnings = verificationOff ? [.verificationOff] : []
        if view.isDuplicateSuspected { status.warnings.append(.duplicateSuspected) }
        if view.state == .connected { status.warnings += certificates.warnings }
    }
}
