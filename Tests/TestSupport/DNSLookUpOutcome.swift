public import BridgeEngine
internal import NIOConcurrencyHelpers

/// Takes a look-up's completion and lets a test wait for it.
///
/// ```swift
/// let outcome = DNSLookUpOutcome<[SRVRecord]>()
/// resolver.lookUpSRV("example.test", completion: outcome.complete)
/// let records = try await outcome.value().get()
/// ```
public final class DNSLookUpOutcome<Value: Sendable>: Sendable {
    private struct State {
        var results: [Result<Value, LookUpFailure>] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = NIOLockedValueBox(State())

    /// An outcome that nothing has come to.
    public init() {}

    /// The completion to hand over.
    public var complete: @Sendable (Result<Value, LookUpFailure>) -> Void {
        { result in
            let waiters = self.state.withLockedValue { state in
                state.results.append(result)
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    /// How often the completion was called; more than once is a fault of the resolver.
    public var count: Int { state.withLockedValue { $0.results.count } }

    /// The first result; waits for it.
    public func value() async -> Result<Value, LookUpFailure> {
        await withCheckedContinuation { continuation in
            let isThere = state.withLockedValue { state in
                if state.results.isEmpty {
                    state.waiters.append(continuation)
                    return false
                }
                return true
            }
            if isThere { continuation.resume() }
        }
        // Read under the lock, not passed through the continuation: ThreadSanitizer does not see the latter.
        return state.withLockedValue { state in
            state.results.first ?? .failure(LookUpFailure(kind: .cancelled, detail: "no result"))
        }
    }
}
