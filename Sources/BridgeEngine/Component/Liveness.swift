/// Whether the server still routes stanzas to the component: pings from the component to itself (XEP-0199).
///
/// Pure. A ping to the own JID goes through the server's router and comes back, so it proves both directions and the
/// route; a server may keep a stream open, and answer pings to itself, while the component can't be reached. A ping that
/// fails is followed by one to the own JID and one to the domain at once, so a dead link is noticed within the interval
/// and twice ``answerLimit``.
struct Liveness {
    /// How long an answer may take.
    static let answerLimit = Duration.seconds(10)
    /// How many pings in a row have to be answered before a suspicion is given up.
    static let clearedAfter = 5

    /// Who is pinged.
    enum Target: Hashable {
        case ourselves, domain
    }

    /// What happened.
    enum Event {
        /// The component is registered.
        case start
        /// The time between two pings is over.
        case pingDue
        /// The time for the answers is over.
        case answersDue
        /// An iq result, or an error with its condition, came from somebody who may have been pinged.
        case answered(Target, id: String, error: String?)
    }

    /// What is to be done, in this order.
    enum Action: Equatable {
        case ping(Target, id: String)
        case startPingTimer(Duration)
        case startAnswerTimer(Duration)
        case cancelAnswerTimer
        /// Another connection seems to have our name: pings reach us only now and then.
        case suspectDuplicate(Bool)
        case failed(FailureReason, String)
    }

    private enum Phase {
        case idle
        /// One ping is out.
        case asking
        /// That one failed; both have been asked.
        case verifying
        case over
    }

    private let interval: Duration
    private let idPrefix: String
    private var phase: Phase = .idle
    private var nextID = 0
    private var open: [String: Target] = [:]
    private var answered: Set<Target> = []
    /// What is pinged in turn: the domain, once the server has shown that it does not route pings to ourselves.
    private var regular = Target.ourselves
    private var isSuspicious = false
    private var answeredInARow = 0

    /// - Parameters:
    ///   - interval: between two pings; zero: no pings.
    ///   - idPrefix: begins the id of each ping; random, so that nobody can answer in another's name.
    init(interval: Duration, idPrefix: String) {
        self.interval = interval
        self.idPrefix = idPrefix
    }

    /// Whether a request from our own JID is a ping of ours that came back.
    func isOurs(_ id: String) -> Bool { open[id] == .ourselves }

    /// Takes an event and says what is to be done.
    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .start:
            guard interval > .zero else { return [] }
            return [.startPingTimer(interval)]
        case .pingDue:
            guard case .idle = phase else { return [] }
            phase = .asking
            return [ping(regular), .startAnswerTimer(Self.answerLimit)]
        case .answersDue: return answersDue()
        case .answered(let target, let id, let error): return answered(target, id, error)
        }
    }

    private mutating func ping(_ target: Target) -> Action {
        nextID += 1
        let id = "\(idPrefix)\(nextID)"
        open[id] = target
        return .ping(target, id: id)
    }

    private mutating func answersDue() -> [Action] {
        switch phase {
        case .asking: return verify()
        case .verifying: return judge()
        case .idle, .over: return []
        }
    }

    private mutating func answered(_ target: Target, _ id: String, _ error: String?) -> [Action] {
        // Late answers, and answers from somebody else than was asked, mean nothing.
        guard open[id] == target else { return [] }
        open[id] = nil
        let isUnroutable = target == .ourselves && error?.hasPrefix("remote-server-") == true
        switch phase {
        case .asking:
            if isUnroutable { return [.cancelAnswerTimer] + verify() }
            if target == .ourselves, error != nil {
                // It routes, but not pings to ourselves: the domain has to do.
                regular = .domain
            }
            return [.cancelAnswerTimer] + wellAgain(inARow: true)
        case .verifying:
            if !isUnroutable { answered.insert(target) }
            if answered.contains(regular) { return [.cancelAnswerTimer] + wellAgain(inARow: false) }
            return open.isEmpty ? [.cancelAnswerTimer] + judge() : []
        case .idle, .over: return []
        }
    }

    private mutating func verify() -> [Action] {
        phase = .verifying
        open = [:]
        answered = []
        let targets: [Target] = regular == .ourselves ? [.ourselves, .domain] : [.domain]
        return targets.map { ping($0) } + [.startAnswerTimer(Self.answerLimit)]
    }

    private mutating func judge() -> [Action] {
        phase = .over
        if answered.contains(.domain) {
            return [
                .failed(
                    .componentUnroutable,
                    "The server answers, but stanzas for the component do not arrive: it is not registered there any more."
                )
            ]
        }
        return [.failed(.pingTimedOut, "The server has not answered pings for \(Self.answerLimit.inWords).")]
    }

    /// - Parameter inARow: whether the first ping was answered. If only the second one was, something takes stanzas away.
    private mutating func wellAgain(inARow: Bool) -> [Action] {
        phase = .idle
        open = [:]
        answeredInARow = inARow ? answeredInARow + 1 : 0
        let suspicion = !inARow && regular == .ourselves || isSuspicious && answeredInARow < Self.clearedAfter
        defer { isSuspicious = suspicion }
        return (suspicion == isSuspicious ? [] : [.suspectDuplicate(suspicion)]) + [.startPingTimer(interval)]
    }
}
