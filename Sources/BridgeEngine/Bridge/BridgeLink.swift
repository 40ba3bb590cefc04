internal import NIOCore
internal import NIOPosix

/// One attempt to register, and the connection that it becomes: carries out what a ``DiallingPlan`` decides.
///
/// Belongs to one event loop: every call and every report is made on it. Look-ups, connects and timers that are under
/// way keep the link alive until it has reported its end.
final class BridgeLink {
    private let environment: Environment
    private let account: ComponentAccount
    private var plan: DiallingPlan
    private var recorder: AttemptRecorder?
    private let start = ContinuousClock.now
    private var report: ((Report) -> Void)?
    private var lookUps: [any LookUp] = []
    private var timers: [DiallingPlan.Timer: Scheduled<Void>] = [:]
    /// Connects and connections that are under way.
    private var channels: [DiallingPlan.ConnectionID: any Channel] = [:]
    private var handlers: [DiallingPlan.ConnectionID: ComponentHandler] = [:]
    private var sessions: [DiallingPlan.ConnectionID: TLSSessionInfo] = [:]
    private var established: DiallingPlan.ConnectionID?
    /// Why the established connection is about to end.
    private var failure: BridgeFailure?
    private var isEnding = false
    /// A check looks at everything anew: it resumes no TLS session.
    private let isCheck: Bool
    private let registers: Bool
    private var endTimer: Scheduled<Void>?

    /// - Parameter report: called on the event loop. The last report comes by itself, never from inside another call.
    init(_ goal: Goal, environment: Environment, report: @escaping (Report) -> Void) {
        account = goal.account
        self.environment = environment
        self.report = report
        isCheck = goal.revision == nil
        registers = goal.registers
        plan = DiallingPlan(
            account: goal.account, limits: environment.options.limits, redirect: goal.redirect,
            registers: goal.registers)
        recorder = AttemptRecorder(
            AttemptRecorder.Subject(revision: goal.revision, account: goal.account),
            startedAt: environment.options.now())
    }

    /// Begins the attempt.
    func begin() {
        let actions = plan.start()
        takeFacts()
        perform(actions)
    }

    /// Ends the link: a stream that is open is closed politely, anything else is dropped.
    func end() {
        if isEnding { return }
        for timer in timers.values { timer.cancel() }
        timers = [:]
        for lookUp in lookUps { lookUp.cancel() }
        lookUps = []
        // The plan hears of nothing any more: it must not go on with the next server.
        isEnding = true
        finishReport(.cancelled)
        for (id, channel) in channels where handlers[id] == nil { channel.close(promise: nil) }
        channels = channels.filter { handlers[$0.key] != nil }
        for handler in handlers.values { handler.close() }
        finishIfNothingIsLeft()
        // A channel that does not end by itself, behind a peer that takes nothing, is given up.
        guard report != nil else { return }
        let limit = environment.options.limits.ending
        endTimer = environment.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
            for handler in self.handlers.values { handler.abandon() }
            self.finish(.ended)
        }
    }

    private func handle(_ event: DiallingPlan.Event) {
        if isEnding || established != nil { return }
        let actions = plan.handle(event)
        takeFacts()
        perform(actions)
    }

    // MARK: The attempt's report

    private var elapsed: Duration { ContinuousClock.now - start }

    private func takeFacts() {
        let elapsed = elapsed
        let facts = plan.takeFacts()
        for fact in facts { recorder?.note(fact, after: elapsed) }
        if !facts.isEmpty, let recorder { report?(.advanced(recorder.progress(since: start))) }
    }

    /// Reports what the attempt did, once.
    private func finishReport(_ outcome: AttemptReport.Outcome, _ failure: BridgeFailure? = nil) {
        guard let recorder else { return }
        self.recorder = nil
        report?(.attempted(recorder.report(outcome, failure, after: elapsed)))
    }

    private func perform(_ actions: [DiallingPlan.Action]) {
        for action in actions {
            // A report can lead back here as `end()`.
            if isEnding { return }
            switch action {
            case .lookUpSRV(let name): lookUpSRV(name)
            case .lookUpAddresses(let dial, let host, let family): lookUpAddresses(dial, host, family)
            case .cancelLookUps:
                for lookUp in lookUps { lookUp.cancel() }
                lookUps = []
            case .connect(let id, let endpoint): connect(id, to: endpoint)
            case .startTLS(let id, let target): startTLS(id, target)
            case .openStream(let id): handlers[id]?.open()
            case .register(let id): handlers[id]?.register()
            case .abandon(let id): abandon(id)
            case .startTimer(let timer, let delay): start(timer, delay)
            case .cancelTimer(let timer): timers.removeValue(forKey: timer)?.cancel()
            case .enter(let step, let target, let endpoint):
                report?(.progressed(LinkProgress(step: step, target: target, endpoint: endpoint)))
            case .succeed(let id): succeed(id)
            case .fail(let failure):
                finishReport(.failed, failure)
                finish(.failed(failure))
            }
        }
    }

    // MARK: Look-ups

    private func lookUpSRV(_ name: String) {
        let link = NIOLoopBound(self, eventLoop: environment.eventLoop)
        let eventLoop = environment.eventLoop
        lookUps.append(
            environment.resolver.lookUpSRV(name) { result in
                eventLoop.execute {
                    switch result {
                    case .success(let records):
                        link.value.handle(.srvAnswered(link.value.environment.options.orderTargets(records)))
                    case .failure(let failure): link.value.handle(.srvFailed(failure))
                    }
                }
            })
    }

    private func lookUpAddresses(_ dial: DiallingPlan.DialID, _ host: String, _ family: AddressFamily) {
        let link = NIOLoopBound(self, eventLoop: environment.eventLoop)
        let eventLoop = environment.eventLoop
        lookUps.append(
            environment.resolver.lookUpAddresses(host, family: family) { result in
                eventLoop.execute {
                    switch result {
                    case .success(let addresses): link.value.handle(.addressesAnswered(dial, family, addresses))
                    case .failure(let failure): link.value.handle(.addressesFailed(dial, family, failure))
                    }
                }
            })
    }

    // MARK: Timers

    private func start(_ timer: DiallingPlan.Timer, _ delay: Duration) {
        timers.removeValue(forKey: timer)?.cancel()
        timers[timer] = environment.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) {
            self.timers.removeValue(forKey: timer)
            self.handle(.timerFired(timer))
        }
    }

    // MARK: Connections

    private func connect(_ id: DiallingPlan.ConnectionID, to endpoint: Endpoint) {
        let address: SocketAddress
        do {
            address = try SocketAddress(endpoint)
        } catch {
            let failure = TCPFailure.failure(of: error, endpoint: endpoint)
            environment.eventLoop.assumeIsolated().execute { self.handle(.failed(id, failure)) }
            return
        }
        let link = NIOLoopBound(self, eventLoop: environment.eventLoop)
        let channelMade: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
            link.value.channels[id] = channel
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        TCPOptions.bootstrap(on: environment.eventLoop)
            .channelInitializer(channelMade)
            .connect(to: address)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel) where self.channels[id] == nil:
                    // Given up meanwhile.
                    channel.close(promise: nil)
                case .success: self.handle(.tcpConnected(id))
                case .failure(let error):
                    self.channels[id] = nil
                    self.handle(.failed(id, TCPFailure.failure(of: error, endpoint: endpoint)))
                }
                self.finishIfNothingIsLeft()
            }
    }

    private func startTLS(_ id: DiallingPlan.ConnectionID, _ target: DialTarget) {
        guard let channel = channels[id] else { return }
        let tls = TLSClientHandler(
            material: environment.tls, serverName: account.domain,
            identity: ExpectedIdentity(account: account, target: target), resumes: !isCheck)
        let component = ComponentHandler(
            stream: ComponentStream(
                identity: ComponentIdentity(
                    jid: account.jid, domain: account.domain, software: environment.options.software),
                secret: account.secret,
                liveness: Liveness(
                    interval: environment.options.pingInterval,
                    idPrefix: String(UInt64.random(in: .min ... .max), radix: 36) + "-"),
                logins: environment.logins.map { logins in
                    LoginRequests(hostOf: { logins.host(of: $0) }, hosts: { logins.hosts })
                }),
            closeLimit: environment.options.limits.close,
            logins: environment.logins.map {
                LoginTasks($0, limit: environment.options.limits.login, on: environment.eventLoop)
            }, countDropped: environment.countDropped
        ) { [weak self] in self?.reported(id, $0) }
        handlers[id] = component
        do {
            // TLS last, although it stands first: it writes at once, and if that ends the channel, the end must be seen.
            try channel.pipeline.syncOperations.addHandler(component)
            try channel.pipeline.syncOperations.addHandler(tls, position: .first)
        } catch {
            handle(.failed(id, BridgeFailure(.tlsHandshake, .tlsFailed, "The connection ended before TLS began.")))
        }
    }

    private func reported(_ id: DiallingPlan.ConnectionID, _ report: ComponentHandler.Report) {
        switch report {
        case .secured(let session):
            sessions[id] = session
            recorder?.note(session, of: id)
            handle(.secured(id))
        case .opened:
            if let streamID = handlers[id]?.streamID { recorder?.note(streamID: streamID, of: id) }
            if registers { handle(.streamOpened(id)) } else { awaitObjection(id) }
        case .registered: handle(.registered(id))
        case .duplicateSuspected(let isSuspected): if !isEnding { self.report?(.duplicateSuspected(isSuspected)) }
        case .login(let fact): if !isEnding { self.report?(.login(fact)) }
        case .failed(let failure): failed(id, failure)
        case .ended:
            handlers[id] = nil
            channels[id] = nil
            let lost = BridgeFailure(
                .tlsHandshake, .tlsFailed, "The server closed the connection in the TLS handshake.")
            handle(.failed(id, lost))
            finishIfNothingIsLeft()
            if established == id {
                finish(.failed(failure ?? BridgeFailure(.connected, .connectionLost, "The connection ended.")))
            }
        }
    }

    /// Servers refuse a name right behind their header, and a header without an id would show at the registration only.
    private func awaitObjection(_ id: DiallingPlan.ConnectionID) {
        environment.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(environment.options.objectionTime)) {
            if self.handlers[id]?.streamID?.isEmpty ?? true {
                self.handle(.failed(id, ComponentStream.withoutID))
            } else {
                self.handle(.streamOpened(id))
            }
        }
    }

    private func failed(_ id: DiallingPlan.ConnectionID, _ failure: BridgeFailure) {
        // RFC 6120 §4.9.3.16: the server wants everything to be negotiated anew.
        if failure.condition == StreamErrorCondition.reset.rawValue {
            environment.tls.sessions.forget(domain: account.domain)
        }
        guard established == id else { return handle(.failed(id, failure)) }
        // The report waits for the channel's end: the old stream is gone before a new one opens.
        if self.failure == nil { self.failure = failure }
    }

    private func abandon(_ id: DiallingPlan.ConnectionID) {
        let channel = channels.removeValue(forKey: id)
        if let handler = handlers.removeValue(forKey: id) {
            handler.abandon()
        } else {
            channel?.close(promise: nil)
        }
    }

    private func succeed(_ id: DiallingPlan.ConnectionID) {
        established = id
        finishReport(.succeeded)
        if let session = sessions[id] { report?(.connected(session)) }
    }

    // MARK: The end

    private func finishIfNothingIsLeft() {
        if isEnding, channels.isEmpty, handlers.isEmpty { finish(.ended) }
    }

    private func finish(_ last: Report) {
        guard let report else { return }
        self.report = nil
        endTimer?.cancel()
        for timer in timers.values { timer.cancel() }
        timers = [:]
        // Behind everything that is being carried out now.
        environment.eventLoop.assumeIsolated().execute { report(last) }
    }
}
