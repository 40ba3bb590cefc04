internal import BridgeEngine
internal import NIOConcurrencyHelpers

/// Lets a handler decide about logins: only so many at once, and each for only so long.
final class LimitedLogins: Sendable {
    /// A login that is being decided.
    struct Decision: Sendable {
        fileprivate let cancellation: @Sendable () -> Void

        /// Nobody waits for it any more: it is not reported.
        func cancel() { cancellation() }
    }

    private let handler: any LoginRequestHandler
    private let most: Int
    private let limit: Duration
    private let open = NIOLockedValueBox(0)

    /// - Parameters:
    ///   - most: logins that may be open; one counts until the handler lets it go.
    ///   - limit: how long a decision may take.
    init(_ handler: any LoginRequestHandler, most: Int = 1000, limit: Duration = .seconds(10)) {
        self.handler = handler
        self.most = most
        self.limit = limit
    }

    /// Which hosts may ask, as of now.
    var hosts: LoginHosts { handler.hosts }

    /// Has a login decided, and reports the verdict once, from any thread; at once where there are too many.
    func decide(_ request: LoginRequest, completion: @escaping @Sendable (LoginVerdict) -> Void) -> Decision {
        let isFree = open.withLockedValue { open in
            guard open < most else { return false }
            open += 1
            return true
        }
        guard isFree else {
            completion(.failed(.tooManyRequests))
            return Decision {}
        }
        let waiting = NIOLockedValueBox<(@Sendable (LoginVerdict) -> Void)?>(completion)
        let take: @Sendable () -> (@Sendable (LoginVerdict) -> Void)? = {
            waiting.withLockedValue { completion in
                defer { completion = nil }
                return completion
            }
        }
        let proof = Task { [self] in
            defer { open.withLockedValue { $0 -= 1 } }
            return await handler.verdict(on: request)
        }
        // A handler that does not heed its cancellation keeps nobody waiting.
        let timer = Task { [limit] in
            try await Task.sleep(for: limit)
            take()?(.failed(.timedOut))
            proof.cancel()
        }
        Task {
            let verdict = await proof.value
            timer.cancel()
            take()?(verdict)
        }
        return Decision {
            _ = take()
            timer.cancel()
            proof.cancel()
        }
    }
}
