/// Whether the server still routes stanzas to the component: pings from the component to itself (XEP-0199).
///
/// Pure. A ping to the own JID goes through the server's router and comes back, so it proves both directions and the
/// route; a server may keep a stream open, and answer pings to itself, while the component can't be reached. A ping that
/// fails is followed by a handful to the own JID and to the domain at once, so a dead link is noticed within the interval
/// and twice ``answerLimit``:
///
/// | to ourselves | to the domain | verdict |
/// |---|---|---|
/// | all answered | | the link is well, the server was slow |
/// | some answered | | a duplicate is suspected |
/// | none | some answered | a duplicate is suspected |
/// | none | all answered | the component is unroutable |
/// | none | none | the link is dead |
///
/// A duplicate is another stream with our name, as ejabberd allows: stanzas for us, answers included, go to one of the
/// two at random. A new connection would not mend that, so the link stays as it is.
struct Liveness {
    /// How long an answer may take.
    static let answerLimit = Duration.seconds(10)
    /// How many pings go to each target to verify a failure. With a duplicate each answer of the domain reaches us with
    /// a chance of a half, so that all or none of them do in one case of thirty thousand.
    static let verifying = 16
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
        /// That one failed; the handful is out.
        case verifying
        case over
    }

    private let interval: Duration
    private let idPrefix: String
    private var phase: Phase = .idle
    private var nextID = 0
    private var open: [String: Target] = [:]
    /// How many of the handful were answered.
    private var answered: [Target: Int] = [:]
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
            return [.cancelAnswerTimer] + wellAgain(suspicious: false, inARow: true)
        case .verifying:
            if !isUnroutable { answered[target, default: 0] += 1 }
            return open.isEmpty ? [.cancelAnswerTimer] + judge() : []
        case .idle, .over: return []
        }
    }

    private mutating func verify() -> [Action] {
        phase = .verifying
        open = [:]
        answered = [:]
        let targets: [Target] = regular == .ourselves ? [.ourselves, .domain] : [.domain]
        let pings = targets.flatMap { Array(repeating: $0, count: Self.verifying) }
        return pings.map { ping($0) } + [.startAnswerTimer(Self.answerLimit)]
    }

    private mutating func judge() -> [Action] {
        let (own, others) = (answered[regular, default: 0], answered[.domain, default: 0])
        if own == Self.verifying { return wellAgain(suspicious: false, inARow: false) }
        if own > 0 || others > 0 && others < Self.verifying { return wellAgain(suspicious: true, inARow: false) }
        phase = .over
        if others > 0 {
            return [
                .failed(
                    .componentUnroutable,
                    "The server answers, but stanzas for the component do not arrive: it is not registered there any more."
                )
            ]
        }
        return [.failed(.pingTimedOut, "The server has not answered pings for \(Self.answerLimit.inWords).")]
    }

    /// - Parameters:
    ///   - isSuspicious: whether something has taken some of the stanzas away.
    ///   - inARow: whether the first ping was answered.
    private mutating func wellAgain(suspicious isSuspicious: Bool, inARow: Bool) -> [Action] {
        phase = .idle
        open = [:]
        answeredInARow = inARow ? answeredInARow + 1 : 0
        let suspicion = isSuspicious || self.isSuspicious && answeredInARow < Self.clearedAfter
        defer { self.isSuspicious = suspicion }
        return (suspicion == self.isSuspicious ? [] : [.suspectDuplicate(suspicion)]) + [.startPingTimer(interval)]
    }
}
