import TestSupport

@testable import BridgeEngine

/// A dialling plan run against a network that is a table, on a clock that is a number: what happens when.
struct DiallingTimeline {
    /// What a server does with a connection.
    enum Conduct: Sendable {
        /// Nothing ever: TCP does not come up.
        case dead
        /// TCP is refused at once.
        case refuses
        /// TCP comes up, and each further step takes so long; nil: for ever.
        case takes(tls: Duration?, stream: Duration?, registration: Duration?)
    }

    /// What came of an attempt.
    struct Outcome {
        var connects: [(at: Duration, to: IPAddress)] = []
        var end: Duration?
        var connected: IPAddress?
        var failure: BridgeFailure?
        /// Timers that still wait after the end; there must be none.
        var leftOver = 0
    }

    private enum Due: Hashable {
        case timer(DiallingPlan.Timer)
        case srvAnswer
        case addressAnswer(DiallingPlan.DialID, String, AddressFamily)
        case step(DiallingPlan.ConnectionID, ConnectionStep)
    }

    var records: [SRVRecord] = []
    /// How long the answers take; a name or family that is not listed is not answered.
    var srvAnswerTakes: Duration? = .zero
    var answers: [String: [AddressFamily: (after: Duration, addresses: [IPAddress])]] = [:]
    var servers: [IPAddress: Conduct] = [:]

    private var timers = ManualTimers<Due>()
    private var endpoints: [DiallingPlan.ConnectionID: IPAddress] = [:]
    private var outcome = Outcome()

    init() {}

    /// Runs an attempt to its end.
    func run(_ account: ComponentAccount, limits: StepLimits = StepLimits()) -> Outcome {
        var timeline = self
        var plan = DiallingPlan(account: account, limits: limits)
        timeline.perform(plan.start())
        while timeline.outcome.end == nil, let due = timeline.timers.next() {
            timeline.perform(plan.handle(timeline.event(due)))
        }
        while let due = timeline.timers.next() {
            if case .timer = due { timeline.outcome.leftOver += 1 }
        }
        return timeline.outcome
    }

    private func event(_ due: Due) -> DiallingPlan.Event {
        switch due {
        case .timer(let timer): return .timerFired(timer)
        case .srvAnswer: return .srvAnswered(records)
        case .addressAnswer(let dial, let name, let family):
            let addresses = answers[name]?[family]?.addresses ?? []
            return .addressesAnswered(dial, family, addresses)
        case .step(let id, .tcpConnect):
            if let address = endpoints[id], case .takes = servers[address] { return .tcpConnected(id) }
            return .failed(id, BridgeFailure(.tcpConnect, .connectionRefused, "refused"))
        case .step(let id, .tlsHandshake): return .secured(id)
        case .step(let id, .streamOpen): return .streamOpened(id)
        case .step(let id, .registration): return .registered(id)
        case .step(_, .srvLookup), .step(_, .addressLookup): preconditionFailure("not a step of a connection")
        }
    }

    private mutating func perform(_ actions: [DiallingPlan.Action]) {
        for action in actions {
            switch action {
            case .lookUpSRV:
                if let delay = srvAnswerTakes { timers.start(.srvAnswer, delay) }
            case .lookUpAddresses(let dial, let name, let family):
                if let answer = answers[name]?[family] {
                    timers.start(.addressAnswer(dial, name, family), answer.after)
                }
            case .connect(let id, let endpoint):
                endpoints[id] = endpoint.address
                outcome.connects.append((timers.now, endpoint.address))
                switch servers[endpoint.address] {
                case nil, .dead: break
                case .refuses, .takes: timers.start(.step(id, .tcpConnect), .zero)
                }
            case .startTLS(let id, _): begin(.tlsHandshake, id) { tls, _, _ in tls }
            case .openStream(let id): begin(.streamOpen, id) { _, stream, _ in stream }
            case .register(let id): begin(.registration, id) { _, _, registration in registration }
            case .abandon(let id):
                for step in ConnectionStep.allCases { timers.cancel(.step(id, step)) }
            case .startTimer(let timer, let delay): timers.start(.timer(timer), delay)
            case .cancelTimer(let timer): timers.cancel(.timer(timer))
            case .succeed(let id):
                outcome.connected = endpoints[id]
                outcome.end = timers.now
            case .fail(let failure):
                outcome.failure = failure
                outcome.end = timers.now
            case .cancelLookUps, .enter: break
            }
        }
    }

    private mutating func begin(
        _ step: ConnectionStep, _ id: DiallingPlan.ConnectionID,
        _ pick: (Duration?, Duration?, Duration?) -> Duration?
    ) {
        guard let address = endpoints[id], case .takes(let tls, let stream, let registration) = servers[address],
            let delay = pick(tls, stream, registration)
        else { return }
        timers.start(.step(id, step), delay)
    }
}
