public import BridgeEngine
internal import Dispatch
internal import NIOConcurrencyHelpers

/// A resolver in memory: answers by script, no network, no time.
///
/// ```swift
/// let resolver = StubResolver()
/// resolver.addSRV("_xmpp-component._tcp.example.test", [SRVRecord(priority: 0, weight: 0, port: 5223, target: "a.test")])
/// resolver.addAddresses("a.test", ["192.0.2.1", "2001:db8::1"].compactMap(IPAddress.init))
/// resolver.fail("b.test", .timedOut)
/// resolver.hold("c.test")  // no answer until release("c.test")
/// ```
///
/// A name without any script is not found. Keeps the promises of `Resolver`: one completion each, never from inside the
/// call.
public final class StubResolver: Resolver {
    /// What was asked.
    public enum Question: Sendable, Hashable, CustomStringConvertible {
        /// The SRV records of a name.
        case srv(String)
        /// The addresses of a host, of one family.
        case addresses(String, AddressFamily)

        /// `SRV name`, `A name` or `AAAA name`.
        public var description: String {
            switch self {
            case .srv(let name): "SRV \(name)"
            case .addresses(let host, .v4): "A \(host)"
            case .addresses(let host, .v6): "AAAA \(host)"
            }
        }

        /// The name or host.
        public var name: String {
            switch self {
            case .srv(let name), .addresses(let name, _): name
            }
        }
    }

    /// Where completions run.
    public enum Delivery: Sendable {
        /// Soon, one after the other, on a queue of the resolver's own.
        case background
        /// In ``StubResolver/deliverPending()``, on the thread of its caller: for tests that step.
        case manual
    }

    private struct Entry {
        let question: Question
        let finish: @Sendable (StubResolver.Answer) -> Void
    }

    /// A scripted answer, before the caller's list is taken out of it.
    struct Answer: Sendable {
        var records: [SRVRecord] = []
        var addresses: [IPAddress] = []
        var failure: LookUpFailure?
    }

    private struct State {
        var records: [String: [SRVRecord]] = [:]
        var addresses: [String: [IPAddress]] = [:]
        var failures: [Question: LookUpFailure] = [:]
        var nameFailures: [String: LookUpFailure] = [:]
        var heldNames: Set<String> = []
        var lookUps: [Question] = []
        var cancelled: [Question] = []
        var held: [(id: Int, entry: Entry)] = []
        var ready: [@Sendable () -> Void] = []
        var nextID = 0
    }

    private let delivery: Delivery
    private let queue = DispatchQueue(label: "callbridge.stub-resolver")
    private let state = NIOLockedValueBox(State())

    /// A resolver that knows no names.
    public init(delivery: Delivery = .background) {
        self.delivery = delivery
    }

    // MARK: Script

    /// Sets the SRV records of a name, in the order of the answer.
    public func addSRV(_ name: String, _ records: [SRVRecord]) {
        state.withLockedValue { $0.records[Self.normalized(name)] = records }
    }

    /// Sets the addresses of a host, of both families, in the order of the answers.
    public func addAddresses(_ host: String, _ addresses: [IPAddress]) {
        state.withLockedValue { $0.addresses[Self.normalized(host)] = addresses }
    }

    /// Lets all look-ups of a name fail.
    public func fail(_ name: String, _ kind: LookUpFailure.Kind, detail: String = "scripted") {
        let failure = LookUpFailure(kind: kind, detail: detail)
        state.withLockedValue { $0.nameFailures[Self.normalized(name)] = failure }
    }

    /// Lets look-ups of one question fail, whatever else the name has.
    public func fail(_ question: Question, _ kind: LookUpFailure.Kind, detail: String = "scripted") {
        let failure = LookUpFailure(kind: kind, detail: detail)
        state.withLockedValue { $0.failures[Self.normalized(question)] = failure }
    }

    /// Forgets what a name answers with; it is not found then. Holding it goes on.
    public func remove(_ name: String) {
        let name = Self.normalized(name)
        state.withLockedValue { state in
            state.records[name] = nil
            state.addresses[name] = nil
            state.nameFailures[name] = nil
            state.failures = state.failures.filter { $0.key.name != name }
        }
    }

    /// Lets look-ups of a name wait for ``release(_:)``; cancelling still ends them.
    public func hold(_ name: String) {
        _ = state.withLockedValue { $0.heldNames.insert(Self.normalized(name)) }
    }

    /// Ends holding a name: the look-ups that wait get what the script says by now.
    public func release(_ name: String) {
        let name = Self.normalized(name)
        let entries = state.withLockedValue { state in
            state.heldNames.remove(name)
            let entries = state.held.filter { $0.entry.question.name == name }.map(\.entry)
            state.held.removeAll { $0.entry.question.name == name }
            return entries.map { ($0, Self.answer(to: $0.question, state)) }
        }
        for (entry, answer) in entries { deliver { entry.finish(answer) } }
    }

    // MARK: What happened

    /// The look-ups made, in order, names in lower case without trailing dot.
    public var lookUps: [Question] { state.withLockedValue { $0.lookUps } }

    /// The look-ups that were cancelled before their answer, in the order of the cancels.
    public var cancelled: [Question] { state.withLockedValue { $0.cancelled } }

    /// Completions that wait for ``deliverPending()``.
    public var pendingCount: Int { state.withLockedValue { $0.ready.count } }

    /// With `manual` delivery: runs the completions that are ready, also those that become ready meanwhile.
    ///
    /// - Returns: how many were run.
    @discardableResult
    public func deliverPending() -> Int {
        var count = 0
        while true {
            let next: (@Sendable () -> Void)? = state.withLockedValue { state in
                state.ready.isEmpty ? nil : state.ready.removeFirst()
            }
            guard let next else { return count }
            next()
            count += 1
        }
    }

    // MARK: Resolver

    /// See ``Resolver``.
    @discardableResult
    public func lookUpSRV(
        _ name: String, completion: @escaping @Sendable (Result<[SRVRecord], LookUpFailure>) -> Void
    ) -> any LookUp {
        start(.srv(Self.normalized(name))) { answer in
            completion(answer.failure.map { .failure($0) } ?? .success(answer.records))
        }
    }

    /// See ``Resolver``.
    @discardableResult
    public func lookUpAddresses(
        _ host: String, family: AddressFamily,
        completion: @escaping @Sendable (Result<[IPAddress], LookUpFailure>) -> Void
    ) -> any LookUp {
        start(.addresses(Self.normalized(host), family)) { answer in
            completion(answer.failure.map { .failure($0) } ?? .success(answer.addresses))
        }
    }

    private func start(_ question: Question, finish: @escaping @Sendable (Answer) -> Void) -> StubLookUp {
        let once = NIOLockedValueBox<(@Sendable (Answer) -> Void)?>(finish)
        // Taken out under the lock: the answer and a cancel both come here, the first one wins.
        let take: @Sendable () -> (@Sendable (Answer) -> Void)? = {
            once.withLockedValue { finish in
                defer { finish = nil }
                return finish
            }
        }
        let entry = Entry(question: question) { answer in take()?(answer) }
        let (id, answer): (Int, Answer?) = state.withLockedValue { state in
            state.lookUps.append(question)
            let id = state.nextID
            state.nextID += 1
            guard !state.heldNames.contains(question.name) else {
                state.held.append((id, entry))
                return (id, nil)
            }
            return (id, Self.answer(to: question, state))
        }
        if let answer { deliver { entry.finish(answer) } }
        return StubLookUp { [self] in
            guard let finish = take() else { return }
            state.withLockedValue { state in
                state.cancelled.append(question)
                state.held.removeAll { $0.id == id }
            }
            let failure = LookUpFailure(kind: .cancelled, detail: "the look-up of \(question) was cancelled")
            deliver { finish(Answer(failure: failure)) }
        }
    }

    private func deliver(_ completion: @escaping @Sendable () -> Void) {
        switch delivery {
        case .background: queue.async(execute: completion)
        case .manual: state.withLockedValue { $0.ready.append(completion) }
        }
    }

    private static func answer(to question: Question, _ state: State) -> Answer {
        if let failure = state.failures[question] ?? state.nameFailures[question.name] {
            return Answer(failure: failure)
        }
        switch question {
        case .srv(let name):
            let records = unique(state.records[name] ?? [])
            if !records.isEmpty { return Answer(records: records) }
        case .addresses(let host, let family):
            let known = IPAddress(host).map { [$0] } ?? state.addresses[host] ?? []
            let addresses = unique(known.filter { $0.family == family })
            if !addresses.isEmpty { return Answer(addresses: addresses) }
        }
        return Answer(failure: LookUpFailure(kind: .notFound, detail: "there is no \(question) in the script"))
    }

    private static func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return elements.filter { seen.insert($0).inserted }
    }

    private static func normalized(_ question: Question) -> Question {
        switch question {
        case .srv(let name): .srv(normalized(name))
        case .addresses(let host, let family): .addresses(normalized(host), family)
        }
    }

    private static func normalized(_ name: String) -> String {
        let lower = name.lowercased()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }
}

/// A look-up of ``StubResolver``.
private struct StubLookUp: LookUp {
    let onCancel: @Sendable () -> Void

    func cancel() { onCancel() }
}
