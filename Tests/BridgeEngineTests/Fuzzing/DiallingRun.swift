@testable import BridgeEngine

/// A dialling plan that is fed by a script, and the world as its actions have made it.
struct DiallingRun {
    private static let conditions: [FailureReason] = [
        .connectionRefused, .tlsFailed, .streamError, .connectionLost, .protocolViolation, .notAuthorized,
        .unknownComponent, .nameInUse,
    ]
    /// The reasons that end an attempt.
    private static let refusals: Set<FailureReason> = [.notAuthorized, .unknownComponent, .nameInUse]

    /// A connection that the plan has asked for.
    private struct Connection {
        let endpoint: Endpoint
        var step = ConnectionStep.tcpConnect
    }

    private var plan: DiallingPlan
    private var timers: Set<DiallingPlan.Timer> = []
    private var open: [DiallingPlan.ConnectionID: Connection] = [:]
    private var gone: Set<DiallingPlan.ConnectionID> = []
    /// The look-ups under way.
    private var isSRVAsked = false
    private var asked: [(dial: DiallingPlan.DialID, family: AddressFamily)] = []
    /// Those that are over.
    private var answered: [(dial: DiallingPlan.DialID, family: AddressFamily)] = []
    private var known: Set<IPAddress> = []
    private var furthest: BridgeFailure.Stage?
    private var refusal: BridgeFailure?
    private var redirects = 0
    private var isOver = false

    init(flags: UInt8) throws(FuzzFinding) {
        let written = ["xmpp1.example.test", "192.0.2.1", "[2001:db8::1]:5224"]
        let server = flags & 1 == 0 ? nil : ServerAddress(written[Int(flags >> 1 & 3) % written.count])
        let redirect = flags & 8 == 0 ? nil : ServerAddress(written[Int(flags >> 4 & 3) % written.count])
        let account = ComponentAccount(
            jid: "cb1.example.test", domain: "example.test", server: server, secret: Secret("secret"))
        plan = DiallingPlan(account: account, limits: StepLimits(), redirect: redirect)
        for case .address(let address)? in [server?.host, redirect?.host] { known.insert(address) }
        try perform(plan.start())
        try checkWaiting()
    }

    // MARK: What happens

    /// One step of a script: something that is waited for, or something that nobody waits for any more.
    mutating func step(_ input: inout FuzzInput) throws(FuzzFinding) {
        switch input.number(below: 16) {
        case 0, 1: try answerSRV(&input)
        case 2, 3, 4: try answerAddresses(&input)
        case 5, 6, 7, 8: try progress(&input)
        case 9, 10: try fail(&input)
        case 11, 12:
            let sorted = timers.sorted { Self.text($0) < Self.text($1) }
            if !sorted.isEmpty { try fire(sorted[input.number(below: sorted.count)]) }
        default: try disturb(&input)
        }
    }

    /// Nobody answers any more: every timer fires, those of the steps before that of the attempt.
    mutating func runOut() throws(FuzzFinding) {
        var steps = 0
        while !isOver {
            let next = timers.filter { $0 != .attempt }.min { Self.text($0) < Self.text($1) } ?? .attempt
            try fire(next)
            steps += 1
            try FuzzFinding.unless(steps < 100_000, "the attempt does not end")
        }
    }

    private mutating func answerSRV(_ input: inout FuzzInput) throws(FuzzFinding) {
        guard isSRVAsked else { return }
        isSRVAsked = false
        if input.bit() {
            try handle(.srvFailed(failure(&input)))
        } else {
            let targets = ["a.example.test", "b.example.test", "", "c.example.test"]
            let records = (0..<input.number(below: 5)).map { _ in
                SRVRecord(
                    priority: 0, weight: 0, port: input.byte() % 4 == 0 ? 0 : 5223,
                    target: targets[input.number(below: targets.count)])
            }
            try handle(.srvAnswered(records))
        }
    }

    private mutating func answerAddresses(_ input: inout FuzzInput) throws(FuzzFinding) {
        guard !asked.isEmpty else { return }
        let (dial, family) = asked.remove(at: input.number(below: asked.count))
        answered.append((dial, family))
        if input.byte() % 4 == 0 {
            try handle(.addressesFailed(dial, family, failure(&input)))
        } else {
            let addresses = addresses(family, &input)
            known.formUnion(addresses)
            try handle(.addressesAnswered(dial, family, addresses))
        }
    }

    private func addresses(_ family: AddressFamily, _ input: inout FuzzInput) -> [IPAddress] {
        (0..<input.number(below: 5)).compactMap { _ in
            let prefix: [UInt8] =
                family == .v4 ? [192, 0, 2] : [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11)
            return IPAddress(bytes: prefix + [input.byte() % 8])
        }
    }

    private func failure(_ input: inout FuzzInput) -> LookUpFailure {
        LookUpFailure(kind: LookUpFailure.Kind.allCases[input.number(below: 4)], detail: "it failed")
    }

    private mutating func progress(_ input: inout FuzzInput) throws(FuzzFinding) {
        guard let id = anyOpen(&input), let step = open[id]?.step else { return }
        try handle(Self.event(step, id))
    }

    private static func event(_ step: ConnectionStep, _ id: DiallingPlan.ConnectionID) -> DiallingPlan.Event {
        switch step {
        case .srvLookup, .addressLookup, .tcpConnect: .tcpConnected(id)
        case .tlsHandshake: .secured(id)
        case .streamOpen: .streamOpened(id)
        case .registration: .registered(id)
        }
    }

    private mutating func fail(_ input: inout FuzzInput) throws(FuzzFinding) {
        guard let id = anyOpen(&input), let step = open[id]?.step else { return }
        let reason = Self.conditions[input.number(below: Self.conditions.count)]
        let places = ["192.0.2.77", "elsewhere.example.test:5299", "[2001:db8::77]:1"]
        // A server can send us on once it has our header.
        let mayRedirect = step >= .streamOpen && reason == .streamError
        let redirect = mayRedirect && input.bit() ? places[input.number(below: places.count)] : nil
        let failure = BridgeFailure(step, reason, "It failed.", redirect: redirect.flatMap { ServerAddress($0) })
        if case .address(let address)? = failure.redirect?.host { known.insert(address) }
        furthest = max(furthest ?? failure.stage, failure.stage)
        if Self.refusals.contains(reason) { refusal = failure }
        try handle(.failed(id, failure))
        try FuzzFinding.unless(refusal == nil || isOver, "a refusal does not end the attempt")
    }

    private func anyOpen(_ input: inout FuzzInput) -> DiallingPlan.ConnectionID? {
        let ids = open.keys.sorted()
        return ids.isEmpty ? nil : ids[input.number(below: ids.count)]
    }

    private mutating func fire(_ timer: DiallingPlan.Timer) throws(FuzzFinding) {
        timers.remove(timer)
        if timer == .addressLookup { answered += asked }
        if timer == .addressLookup { asked = [] }
        try handle(.timerFired(timer))
    }

    /// Events of connections and look-ups that are over, or never were, change nothing.
    private mutating func disturb(_ input: inout FuzzInput) throws(FuzzFinding) {
        let stale = gone.sorted() + [-1, 1_000_000]
        let id = stale[input.number(below: stale.count)]
        let event: DiallingPlan.Event
        switch input.number(below: 8) {
        case 0: event = .tcpConnected(id)
        case 1: event = .secured(id)
        case 2: event = .streamOpened(id)
        case 3: event = .registered(id)
        case 4: event = .failed(id, BridgeFailure(.registration, .notAuthorized, "It failed."))
        case 5: event = .timerFired(.step(id))
        case 6:
            // A connection that is open, in a step that is not its own.
            guard let id = anyOpen(&input), let step = open[id]?.step else { return }
            let others = ConnectionStep.allCases.filter { $0 >= .tcpConnect && $0 != step }
            event = Self.event(others[input.number(below: others.count)], id)
        default:
            guard !answered.isEmpty else { return }
            let (dial, family) = answered[input.number(below: answered.count)]
            event = .addressesAnswered(dial, family, addresses(family, &input))
        }
        let actions = plan.handle(event)
        try FuzzFinding.unless(actions.isEmpty, "\(event) was acted on: \(actions)")
    }

    // MARK: What comes of it

    private mutating func handle(_ event: DiallingPlan.Event) throws(FuzzFinding) {
        let wasOver = isOver
        let actions = plan.handle(event)
        try FuzzFinding.unless(!wasOver || actions.isEmpty, "\(event) after the end: \(actions)")
        try perform(actions)
        try checkWaiting()
    }

    private mutating func perform(_ actions: [DiallingPlan.Action]) throws(FuzzFinding) {
        for action in actions {
            try FuzzFinding.unless(!isOver, "\(action) behind the end")
            switch action {
            case .lookUpSRV(let name):
                try FuzzFinding.unless(name == "_xmpp-component._tcp.example.test", "\(name) is asked for")
                isSRVAsked = true
            case .lookUpAddresses(let dial, let name, let family):
                try FuzzFinding.unless(!name.isEmpty, "nothing is asked for")
                let isNew = !(asked + answered).contains { $0.dial == dial && $0.family == family }
                try FuzzFinding.unless(isNew, "\(name) is asked for twice")
                // Answers for an earlier target mean nothing any more.
                answered += asked.filter { $0.dial != dial }
                asked.removeAll { $0.dial != dial }
                asked.append((dial, family))
            case .cancelLookUps:
                isSRVAsked = false
                answered += asked
                asked = []
            case .connect(let id, let endpoint):
                try FuzzFinding.unless(open[id] == nil && !gone.contains(id), "the connection \(id) is used twice")
                try FuzzFinding.unless(endpoint.port != 0, "a connect to port 0")
                try FuzzFinding.unless(known.contains(endpoint.address), "a connect to \(endpoint), which nobody named")
                try FuzzFinding.unless(open.values.allSatisfy { $0.step == .tcpConnect }, "a race beside a winner")
                open[id] = Connection(endpoint: endpoint)
            case .startTLS(let id, _): try advance(id, to: .tlsHandshake)
            case .openStream(let id): try advance(id, to: .streamOpen)
            case .register(let id): try advance(id, to: .registration)
            case .abandon(let id):
                try FuzzFinding.unless(open.removeValue(forKey: id) != nil, "\(id) is abandoned, but not open")
                gone.insert(id)
            case .startTimer(let timer, let delay):
                try FuzzFinding.unless(delay > .zero, "\(timer) has no time")
                timers.insert(timer)
            case .cancelTimer(let timer): timers.remove(timer)
            case .enter: break
            case .succeed(let id):
                try FuzzFinding.unless(open.removeValue(forKey: id)?.step == .registration, "\(id) is not registered")
                isOver = true
            case .fail(let failure):
                isOver = true
                try check(failure)
            }
        }
        guard isOver else { return }
        try FuzzFinding.unless(open.isEmpty, "\(open) are left open")
        try FuzzFinding.unless(timers.isEmpty, "\(timers) are left running")
        try FuzzFinding.unless(!isSRVAsked && asked.isEmpty, "look-ups are left over")
    }

    private mutating func advance(
        _ id: DiallingPlan.ConnectionID, to step: ConnectionStep
    ) throws(FuzzFinding) {
        guard let connection = open[id] else { throw FuzzFinding(description: "\(id) is not open for \(step)") }
        let steps = ConnectionStep.allCases
        try FuzzFinding.unless(
            steps.firstIndex(of: step) == steps.firstIndex(of: connection.step).map { $0 + 1 },
            "\(step) behind \(connection.step)")
        open[id]?.step = step
    }

    private func check(_ failure: BridgeFailure) throws(FuzzFinding) {
        try FuzzFinding.unless(TextRules.isSentence(failure.detail) || failure.detail.hasSuffix(")"), failure.detail)
        if let refusal {
            try FuzzFinding.unless(failure.reason == refusal.reason, "\(failure) hides a refusal")
        } else if let furthest {
            try FuzzFinding.unless(
                failure.stage >= furthest, "\(failure) is not the one that got furthest: \(furthest)")
        }
    }

    /// While the attempt goes on, something will happen by itself, and each connection has its limit.
    private func checkWaiting() throws(FuzzFinding) {
        guard !isOver else { return }
        try FuzzFinding.unless(timers.contains(.attempt), "the attempt has no limit")
        try FuzzFinding.unless(timers.count > 1, "the attempt waits for its own limit alone")
        for id in open.keys {
            try FuzzFinding.unless(timers.contains(.step(id)), "the connection \(id) has no limit")
        }
        try FuzzFinding.unless(!isSRVAsked || timers.contains(.srvLookup), "the SRV look-up has no limit")
        try FuzzFinding.unless(asked.isEmpty || timers.contains(.addressLookup), "the address look-ups have no limit")
    }

    private static func text(_ timer: DiallingPlan.Timer) -> String { "\(timer)" }
}
