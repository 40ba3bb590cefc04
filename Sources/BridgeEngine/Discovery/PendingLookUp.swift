internal import NIOConcurrencyHelpers

/// A look-up between its caller and the resolver's thread.
///
/// Its result is *claimed* first and *delivered* later. Thread A, the resolver's, claims it with the answer; thread B
/// claims it by cancelling. The lock lets one of them win, and the loser's result is dropped. Only the resolver's
/// thread delivers (after shutdown, a task), so the completion never runs inside a call of the caller.
final class PendingLookUp: LookUp {
    /// Takes the result; called once.
    typealias Completion = @Sendable (Result<DNSAnswer, LookUpFailure>) -> Void

    /// What is asked.
    let question: DNSQuestion
    /// When it ends with `timedOut` at the latest.
    let deadline: ContinuousClock.Instant
    private let thread: ResolverThread
    private let state: NIOLockedValueBox<State>

    private enum State {
        case open(Completion)
        case claimed(Completion, Result<DNSAnswer, LookUpFailure>)
        case delivered
    }

    init(
        _ question: DNSQuestion, deadline: ContinuousClock.Instant, on thread: ResolverThread,
        completion: @escaping Completion
    ) {
        self.question = question
        self.deadline = deadline
        self.thread = thread
        self.state = NIOLockedValueBox(.open(completion))
    }

    func cancel() {
        if claim(.failure(AresStatus.closed.failure(for: question))) {
            thread.cancelled(self)
        }
    }

    /// Decides the result, unless that was done before.
    ///
    /// - Returns: whether this call decided it.
    @discardableResult
    func claim(_ result: Result<DNSAnswer, LookUpFailure>) -> Bool {
        state.withLockedValue { state in
            guard case .open(let completion) = state else { return false }
            state = .claimed(completion, result)
            return true
        }
    }

    /// Whether the result is decided.
    var isClaimed: Bool {
        state.withLockedValue { state in
            if case .open = state { false } else { true }
        }
    }

    /// Calls the completion with the claimed result; does nothing before the claim and the second time.
    func deliver() {
        let claimed: (Completion, Result<DNSAnswer, LookUpFailure>)? = state.withLockedValue { state in
            guard case .claimed(let completion, let result) = state else { return nil }
            state = .delivered
            return (completion, result)
        }
        if let (completion, result) = claimed { completion(result) }
    }
}
