/// Which server, address and step comes next in one attempt to register: RFC 2782 over targets, RFC 8305 over a target's
/// addresses, a time limit on each step.
///
/// Pure: events in, actions out, no I/O, clock or randomness. A TCP connection that wins the race goes through TLS,
/// stream and registration alone; where one of these fails, the addresses that are left are tried, then the next
/// target. Only an answer that refuses the registration ends the attempt at once, because the other servers share the
/// secret.
struct DiallingPlan {
    /// RFC 8305 §3.
    static let resolutionDelay = Duration.milliseconds(50)
    /// RFC 8305 §5.
    static let connectionAttemptDelay = Duration.milliseconds(250)
    /// How often in a row a server may send us on.
    static let mostRedirects = 3

    private let account: ComponentAccount
    private let limits: StepLimits
    private let failures: DiallingFailures
    private let redirect: ServerAddress?
    private let registers: Bool

    private var targets: ArraySlice<DialTarget> = []
    private var current: Dial?
    private var nextConnection: ConnectionID = 0
    private var nextDial: DialID = 0
    private var furthest: BridgeFailure?
    /// Set while the domain itself is tried because it has no SRV record.
    private var isFallback = false
    private var isOver = false
    private var redirects = 0
    /// What has happened since it was last asked for, for the attempt's report.
    private var facts: [AttemptFact] = []

    /// - Parameters:
    ///   - redirect: where the last connection's server has sent us; tried before all others.
    ///   - registers: whether the attempt goes as far as the registration; else it ends with the stream open.
    init(account: ComponentAccount, limits: StepLimits, redirect: ServerAddress? = nil, registers: Bool = true) {
        self.account = account
        self.registers = registers
        self.redirect = redirect
        self.limits = limits
        failures = DiallingFailures(domain: account.domain, limits: limits)
    }

    /// What has happened since the last call, in its order.
    mutating func takeFacts() -> [AttemptFact] {
        defer { facts = [] }
        return facts
    }

    /// Begins; to be called once.
    mutating func start() -> [Action] {
        let attemptTimer = Action.startTimer(.attempt, limits.attempt)
        if let redirect {
            targets = [Self.target(redirect, isRedirect: true)]
            return [attemptTimer] + nextTarget()
        }
        if let server = account.server {
            targets = [Self.target(server)]
            return [attemptTimer] + nextTarget()
        }
        facts.append(.began(.service, .srvLookup, nil, nil))
        return [
            attemptTimer, .enter(.srvLookup, nil, nil), .startTimer(.srvLookup, limits.dns),
            .lookUpSRV(failures.serviceName),
        ]
    }

    private static func target(_ server: ServerAddress, isRedirect: Bool = false) -> DialTarget {
        DialTarget(host: server.host, port: server.port ?? ServerAddress.defaultPort, isRedirect: isRedirect)
    }

    /// Takes an event and says what is to be done.
    mutating func handle(_ event: Event) -> [Action] {
        if isOver { return [] }
        switch event {
        case .srvAnswered(let records): return [.cancelTimer(.srvLookup)] + answered(records)
        case .srvFailed(let failure): return [.cancelTimer(.srvLookup)] + srvFailed(failure)
        case .addressesAnswered(let dial, let family, let addresses):
            return dial == current?.id ? answered(family, addresses) : []
        case .addressesFailed(let dial, let family, let failure):
            return dial == current?.id ? lookUpFailed(family, failure) : []
        case .tcpConnected(let id): return tcpConnected(id)
        case .secured(let id): return advance(id, from: .tlsHandshake, to: .streamOpen, limits.stream, .openStream(id))
        case .streamOpened(let id):
            if !registers { return completed(id, .streamOpen) }
            return advance(id, from: .streamOpen, to: .registration, limits.registration, .register(id))
        case .registered(let id): return completed(id, .registration)
        case .failed(let id, let failure): return failed(id, failure)
        case .timerFired(let timer): return timerFired(timer)
        }
    }

    // MARK: SRV

    private mutating func answered(_ records: [SRVRecord]) -> [Action] {
        if records.isEmpty { return fallBack() }
        facts.append(.sawRecords(records))
        if records.allSatisfy(\.isNotOffered) { return end(with: failures.serviceNotOffered()) }
        // "." stands alone or means nothing (RFC 2782); port 0 can't be connected to.
        targets =
            records.filter { !$0.target.isEmpty && $0.port != 0 }.map {
                DialTarget(host: .name($0.target), port: $0.port)
            }[...]
        // The domain has answered with records, so it is not itself the server.
        if targets.isEmpty { return end(with: failures.noUsableRecord()) }
        facts.append(.ended(.service, nil))
        return nextTarget()
    }

    private mutating func srvFailed(_ failure: LookUpFailure) -> [Action] {
        guard failure.kind != .notFound else { return fallBack() }
        return end(with: failures.srvLookUp(failure))
    }

    /// RFC 6120 §3.2.1: without an SRV record the domain itself is the server.
    private mutating func fallBack() -> [Action] {
        isFallback = true
        facts.append(.ended(.service, failures.noRecord()))
        targets = [DialTarget(host: .name(account.domain), port: ServerAddress.defaultPort)]
        return nextTarget()
    }

    // MARK: Targets and addresses

    private mutating func nextTarget() -> [Action] {
        guard let target = targets.popFirst() else { return end(with: furthest ?? failures.neitherRecordNorAddress()) }
        let id = nextDial
        nextDial += 1
        switch target.host {
        case .address(let address):
            current = Dial(id: id, target: target)
            current?.addresses.add([address])
            return connectNext()
        case .name(let name):
            current = Dial(id: id, target: target, pendingLookUps: [.v4, .v6])
            facts.append(.began(.addresses(id), .addressLookup, target, nil))
            return [
                .enter(.addressLookup, target, nil), .startTimer(.addressLookup, limits.dns),
                // AAAA first (RFC 8305 §3).
                .lookUpAddresses(id, name, .v6), .lookUpAddresses(id, name, .v4),
            ]
        }
    }

    private mutating func answered(_ family: AddressFamily, _ addresses: [IPAddress]) -> [Action] {
        guard !addresses.isEmpty else {
            return lookUpFailed(family, LookUpFailure(kind: .notFound, detail: "there is no address of this family"))
        }
        guard current?.pendingLookUps.remove(family) != nil else { return [] }
        current?.addresses.add(addresses)
        if let id = current?.id { facts.append(.sawAddresses(id, addresses)) }
        let actions = lookUpsOver()
        if current?.chosen != nil || current?.hasConnected == true { return actions + raceOn() }
        if family == .v4, current?.pendingLookUps.contains(.v6) == true {
            current?.awaitsResolutionDelay = true
            return actions + [.startTimer(.resolutionDelay, Self.resolutionDelay)]
        }
        return actions + stopResolutionDelay() + connectNext()
    }

    private mutating func lookUpFailed(_ family: AddressFamily, _ failure: LookUpFailure) -> [Action] {
        guard current?.pendingLookUps.remove(family) != nil else { return [] }
        current?.lookUpFailures.append(failure)
        return lookUpsOver() + stopResolutionDelay() + raceOn()
    }

    private mutating func lookUpsOver() -> [Action] {
        guard let dial = current, dial.pendingLookUps.isEmpty else { return [] }
        let isFound = dial.hasConnected || !dial.addresses.isEmpty
        facts.append(.ended(.addresses(dial.id), isFound ? nil : lookUpFailure(of: dial)))
        return [.cancelTimer(.addressLookup)]
    }

    private mutating func stopResolutionDelay() -> [Action] {
        guard current?.awaitsResolutionDelay == true else { return [] }
        current?.awaitsResolutionDelay = false
        return [.cancelTimer(.resolutionDelay)]
    }

    // MARK: The race for a TCP connection

    /// Goes on after something has ended or arrived: connects, waits for what is under way, or leaves the target.
    private mutating func raceOn() -> [Action] {
        guard let dial = current, dial.chosen == nil, !dial.awaitsResolutionDelay else { return [] }
        if !dial.addresses.isEmpty { return dial.racing.isEmpty || dial.isNextConnectDue ? connectNext() : [] }
        return dial.racing.isEmpty && dial.pendingLookUps.isEmpty ? leaveTarget() : []
    }

    private mutating func connectNext() -> [Action] {
        guard let target = current?.target, let address = current?.addresses.next() else { return raceOn() }
        let endpoint = Endpoint(address: address, port: target.port)
        let id = nextConnection
        nextConnection += 1
        current?.racing[id] = endpoint
        current?.hasConnected = true
        current?.isNextConnectDue = false
        facts.append(.began(.connection(id), .tcpConnect, target, endpoint))
        return [
            .enter(.tcpConnect, target, endpoint), .startTimer(.step(id), limits.tcp),
            .startTimer(.connectionAttemptDelay, Self.connectionAttemptDelay), .connect(id, endpoint),
        ]
    }

    private mutating func tcpConnected(_ id: ConnectionID) -> [Action] {
        guard let target = current?.target, let endpoint = current?.racing.removeValue(forKey: id) else { return [] }
        // The other connects may still be needed: their addresses come first when this one fails in a later step.
        let others = (current?.racing ?? [:]).sorted { $0.key < $1.key }
        current?.racing = [:]
        current?.addresses.putBack(others.map(\.value.address))
        current?.chosen = (id, endpoint, .tlsHandshake)
        facts += others.map { .dropped(.connection($0.key)) }
        facts += [.ended(.connection(id), nil), .began(.connection(id), .tlsHandshake, target, endpoint)]
        return [.cancelTimer(.connectionAttemptDelay)]
            + others.flatMap { [.cancelTimer(.step($0.key)), .abandon($0.key)] }
            + [
                .enter(.tlsHandshake, target, endpoint), .startTimer(.step(id), limits.tls), .startTLS(id, target),
            ]
    }

    // MARK: The chosen connection

    private mutating func advance(
        _ id: ConnectionID, from: ConnectionStep, to next: ConnectionStep, _ limit: Duration, _ action: Action
    ) -> [Action] {
        guard let dial = current, let chosen = dial.chosen, chosen.id == id, chosen.step == from else { return [] }
        current?.chosen?.step = next
        facts += [.ended(.connection(id), nil), .began(.connection(id), next, dial.target, chosen.endpoint)]
        return [.enter(next, dial.target, chosen.endpoint), .startTimer(.step(id), limit), action]
    }

    /// The last step is done.
    private mutating func completed(_ id: ConnectionID, _ step: ConnectionStep) -> [Action] {
        guard let chosen = current?.chosen, chosen.id == id, chosen.step == step else { return [] }
        isOver = true
        facts.append(.ended(.connection(id), nil))
        return [.cancelTimer(.attempt), .cancelTimer(.step(id)), .cancelTimer(.addressLookup), .cancelLookUps]
            + [.succeed(id)]
    }

    // MARK: Failures

    private mutating func failed(_ id: ConnectionID, _ failure: BridgeFailure) -> [Action] {
        guard current?.racing.removeValue(forKey: id) != nil || current?.chosen?.id == id else { return [] }
        if current?.chosen?.id == id { current?.chosen = nil }
        current?.hasFailedConnect = true
        facts.append(.ended(.connection(id), failure))
        remember(failure)
        let given: [Action] = [.cancelTimer(.step(id)), .abandon(id)]
        if failure.reason.isRefusal { return given + end(with: failure) }
        if let redirect = failure.redirect, redirects < Self.mostRedirects {
            redirects += 1
            targets = [Self.target(redirect, isRedirect: true)] + targets
            return given + leaveTarget()
        }
        // A refusal starts the next connect at once, also while others are under way (RFC 8305 §5).
        if current?.addresses.isEmpty == false, current?.awaitsResolutionDelay == false {
            return given + [.cancelTimer(.connectionAttemptDelay)] + connectNext()
        }
        return given + raceOn()
    }

    private mutating func leaveTarget() -> [Action] {
        guard let dial = current else { return [] }
        if !dial.hasFailedConnect { remember(lookUpFailure(of: dial)) }
        current = nil
        let actions = [Action.cancelTimer(.connectionAttemptDelay)]
        if dial.pendingLookUps.isEmpty { return actions + nextTarget() }
        // The server has sent us on before all its addresses were known.
        facts.append(.dropped(.addresses(dial.id)))
        return actions + [.cancelTimer(.addressLookup), .cancelTimer(.resolutionDelay), .cancelLookUps] + nextTarget()
    }

    private func lookUpFailure(of dial: Dial) -> BridgeFailure {
        // A server that could not be asked weighs more than a "no" for the other family.
        let failure =
            dial.lookUpFailures.first { $0.kind != .notFound } ?? dial.lookUpFailures.first
            ?? LookUpFailure(kind: .notFound, detail: "there is no address")
        return isFallback && failure.kind == .notFound
            ? failures.neitherRecordNorAddress() : failures.addressLookUp(of: dial.target, failure)
    }

    private mutating func remember(_ failure: BridgeFailure) {
        // The failure that got furthest is the attempt's reason; among equals the most preferred server's.
        if let furthest, furthest.stage >= failure.stage { return }
        furthest = failure
    }

    private mutating func end(with failure: BridgeFailure) -> [Action] {
        isOver = true
        // Nothing but the SRV look-up ends the attempt while it is under way.
        if failure.stage == .step(.srvLookup), !isFallback { facts.append(.ended(.service, failure)) }
        let failure = isFallback ? failures.afterFallback(failure) : failure
        let timers: [Timer] = [.attempt, .srvLookup, .addressLookup, .resolutionDelay, .connectionAttemptDelay]
        var actions = timers.map { Action.cancelTimer($0) } + [.cancelLookUps]
        let open = (current?.racing.keys.sorted() ?? []) + (current?.chosen.map { [$0.id] } ?? [])
        actions += open.flatMap { [.cancelTimer(.step($0)), .abandon($0)] }
        return actions + [.fail(failure)]
    }

    // MARK: Time

    private mutating func timerFired(_ timer: Timer) -> [Action] {
        switch timer {
        case .attempt: return attemptTimedOut()
        case .srvLookup:
            return end(with: failures.srvLookUp(failures.noAnswer))
        case .addressLookup:
            let pending = current?.pendingLookUps ?? []
            current?.pendingLookUps = []
            current?.lookUpFailures += pending.map { _ in failures.noAnswer }
            _ = lookUpsOver()
            return [.cancelLookUps] + stopResolutionDelay() + raceOn()
        case .resolutionDelay:
            current?.awaitsResolutionDelay = false
            return raceOn()
        case .connectionAttemptDelay:
            current?.isNextConnectDue = true
            return raceOn()
        case .step(let id):
            guard let failure = stepTimedOut(id) else { return [] }
            return failed(id, failure)
        }
    }

    private func stepTimedOut(_ id: ConnectionID) -> BridgeFailure? {
        guard let dial = current else { return nil }
        if let endpoint = dial.racing[id] { return failures.timeOut(of: .tcpConnect, dial.target, endpoint) }
        guard let chosen = dial.chosen, chosen.id == id else { return nil }
        return failures.timeOut(of: chosen.step, dial.target, chosen.endpoint)
    }

    private mutating func attemptTimedOut() -> [Action] {
        if let dial = current {
            if let chosen = dial.chosen {
                let failure = failures.timeOut(of: chosen.step, dial.target, chosen.endpoint)
                facts.append(.ended(.connection(chosen.id), failure))
                remember(failure)
            } else {
                for (id, endpoint) in dial.racing.sorted(by: { $0.key < $1.key }) {
                    let failure = failures.timeOut(of: .tcpConnect, dial.target, endpoint)
                    facts.append(.ended(.connection(id), failure))
                    remember(failure)
                }
            }
        }
        return end(with: furthest ?? failures.attemptTimedOut())
    }
}
