/// Makes an ``AttemptReport`` of what happens in an attempt.
///
/// Pure; the caller says how long after the attempt's begin something happened.
struct AttemptRecorder {
    /// What an attempt is about.
    struct Subject {
        let revision: Int?
        let account: ComponentAccount
    }

    /// The most steps of a report. DNS can name thousands of servers and addresses.
    static let mostSteps = 128
    /// As many of the first steps stay whatever comes.
    static let firstSteps = 64

    private let subject: Subject
    private let startedAt: Timestamp
    private var steps: [(part: AttemptFact.Part, offset: Duration, step: AttemptStep)] = []
    /// Where the step that is under way stands in `steps`.
    private var open: [AttemptFact.Part: Int] = [:]
    private var omitted = 0

    init(_ subject: Subject, startedAt: Timestamp) {
        self.subject = subject
        self.startedAt = startedAt
    }

    /// Takes a fact.
    mutating func note(_ fact: AttemptFact, after elapsed: Duration) {
        switch fact {
        case .began(let part, let step, let target, let endpoint):
            begin(part, step, server: target?.description, address: endpoint?.description, elapsed)
        case .sawRecords(let records): saw(.service) { $0.records = records }
        case .sawAddresses(let dial, let addresses):
            saw(.addresses(dial)) { $0.addresses += addresses.map(\.description) }
        case .ended(let part, nil): close(part, .succeeded, elapsed)
        case .ended(let part, let failure?): fail(part, failure, elapsed)
        case .dropped(let part): drop(part, elapsed)
        }
    }

    /// What the TLS handshake of a connection has agreed.
    mutating func note(_ session: TLSSessionInfo, of connection: DiallingPlan.ConnectionID) {
        saw(.connection(connection)) { $0.tls = session }
    }

    /// The id of a connection's stream.
    mutating func note(streamID: String, of connection: DiallingPlan.ConnectionID) {
        saw(.connection(connection)) { $0.streamID = StreamErrorReport.printable(streamID) }
    }

    /// What there is of it so far.
    /// - Parameter start: when it began, on a clock that nobody sets.
    func progress(since start: ContinuousClock.Instant) -> AttemptProgress {
        AttemptProgress(
            revision: subject.revision, jid: subject.account.jid, source: source, startedAt: startedAt,
            steps: steps.map(\.step), underWay: Set(open.values), omittedSteps: omitted, start: start)
    }

    private var source: BridgeStatus.Source { subject.account.server == nil ? .srv : .override }

    /// The report; what is still under way has come to its end with the attempt.
    func report(_ outcome: AttemptReport.Outcome, _ failure: BridgeFailure? = nil, after elapsed: Duration)
        -> AttemptReport
    {
        var rest = self
        for part in open.keys { rest.drop(part, elapsed) }
        return AttemptReport(
            revision: subject.revision, jid: subject.account.jid,
            source: source, startedAt: startedAt,
            microseconds: elapsed.wholeMicroseconds, outcome: outcome, failure: failure, steps: rest.steps.map(\.step),
            omittedSteps: omitted)
    }

    private mutating func begin(
        _ part: AttemptFact.Part, _ step: ConnectionStep, server: String?, address: String?, _ elapsed: Duration
    ) {
        makeRoom()
        open[part] = steps.count
        let step = AttemptStep(
            step: step, server: server, address: address, startedAt: startedAt.advanced(by: elapsed))
        steps.append((part, elapsed, step))
    }

    private mutating func makeRoom() {
        guard steps.count >= Self.mostSteps else { return }
        let underWay = Set(open.values)
        guard let index = (Self.firstSteps..<steps.count).first(where: { !underWay.contains($0) }) else { return }
        remove(at: index)
        omitted += 1
    }

    private mutating func remove(at index: Int) {
        steps.remove(at: index)
        for (part, position) in open where position > index { open[part] = position - 1 }
    }

    private mutating func saw(_ part: AttemptFact.Part, _ change: (inout AttemptStep) -> Void) {
        if let index = open[part] { change(&steps[index].step) }
    }

    /// Of a look-up one family's addresses will do.
    private mutating func drop(_ part: AttemptFact.Part, _ elapsed: Duration) {
        guard let index = open[part] else { return }
        close(part, steps[index].step.addresses.isEmpty ? .cancelled : .succeeded, elapsed)
    }

    private mutating func close(
        _ part: AttemptFact.Part, _ outcome: AttemptStep.Outcome, _ elapsed: Duration, failure: BridgeFailure? = nil
    ) {
        guard let index = open.removeValue(forKey: part) else { return }
        steps[index].step.microseconds = (elapsed - steps[index].offset).wholeMicroseconds
        steps[index].step.outcome = outcome
        steps[index].step.failure = failure
    }

    /// A failure may be about another step than the one that is under way: a server refuses our certificate after the
    /// handshake, and a name before it has been asked to register it.
    private mutating func fail(_ part: AttemptFact.Part, _ failure: BridgeFailure, _ elapsed: Duration) {
        guard let index = open[part], case .step(let failed) = failure.stage else { return }
        if failed < steps[index].step.step,
            let earlier = steps.lastIndex(where: { $0.part == part && $0.step.step == failed })
        {
            remove(at: index)
            open[part] = earlier
        } else if failed > steps[index].step.step {
            let (server, address) = (steps[index].step.server, steps[index].step.address)
            close(part, .succeeded, elapsed)
            begin(part, failed, server: server, address: address, elapsed)
        }
        close(part, .failed, elapsed, failure: failure)
    }
}

extension Duration {
    /// The duration in microseconds, rounded down.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
