internal import BridgeEngine
internal import Dispatch
internal import NIOConcurrencyHelpers

/// Requests to HTTP services, many at once, over connections that are kept.
///
/// They are worked on by a queue that has a thread only while there are any.
final class HTTPTransfers: Sendable {
    /// What became of a request.
    enum Outcome: Sendable, Equatable {
        /// The service has answered with this status code.
        case answered(Int)
        case timedOut
        /// No answer, for this reason, as a sentence.
        case failed(String)
        case cancelled
    }

    /// A request to be made.
    struct Submission: Sendable {
        let id: UInt64
        let url: String
        let body: Secret
        let deadline: ContinuousClock.Instant
        let completion: @Sendable (Outcome) -> Void
    }

    private struct Inbox {
        var submitted: [Submission] = []
        var cancelled: [UInt64] = []
        var lastID: UInt64 = 0
        /// Whether the queue has been told to work, and has not said that nothing is left.
        var isWorking = false
    }

    private let limit: Duration
    private let multi: CurlMulti
    private let queue = DispatchQueue(label: "http-transfers")
    private let inbox = NIOLockedValueBox(Inbox())

    /// - Parameters:
    ///   - authorities: what certificates must chain to, PEM; nil: the system's certificate authorities.
    ///   - limit: how long a request may take, waiting for its turn included.
    init(authorities: [UInt8]?, limit: Duration) {
        self.limit = limit
        multi = CurlMulti(authorities: authorities)
    }

    /// Posts a JSON document; a task that is cancelled gets `cancelled` at once.
    func post(_ body: Secret, to url: String) async -> Outcome {
        let id = inbox.withLockedValue { inbox in
            inbox.lastID += 1
            return inbox.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let submission = Submission(id: id, url: url, body: body, deadline: .now + limit) {
                    continuation.resume(returning: $0)
                }
                tell {
                    $0.submitted.append(submission)
                    // The handler below may have run before there was anything to cancel. In one step with the
                    // submission, or the queue begins a transfer that nobody wants.
                    if Task.isCancelled { $0.cancelled.append(id) }
                }
            }
        } onCancel: {
            tell { $0.cancelled.append(id) }
        }
    }

    private func tell(_ change: (inout Inbox) -> Void) {
        let wasWorking = inbox.withLockedValue { inbox in
            change(&inbox)
            defer { inbox.isWorking = true }
            return inbox.isWorking
        }
        if wasWorking { multi.wakeUp() } else { queue.async { self.work() } }
    }

    /// Works until nothing is left.
    private func work() {
        var running: [UInt64: Submission] = [:]
        while true {
            let messages: Inbox? = inbox.withLockedValue { inbox in
                if inbox.submitted.isEmpty, running.isEmpty {
                    // What is to be cancelled has ended.
                    inbox.cancelled = []
                    inbox.isWorking = false
                    return nil
                }
                defer { (inbox.submitted, inbox.cancelled) = ([], []) }
                return inbox
            }
            guard let messages else { return }
            func end(_ id: UInt64, _ outcome: Outcome) {
                guard let submission = running.removeValue(forKey: id) else { return }
                multi.remove(id)
                submission.completion(outcome)
            }
            for submission in messages.submitted {
                running[submission.id] = submission
                if let problem = multi.add(submission.id, submission.url, submission.body) {
                    end(submission.id, .failed(problem))
                }
            }
            for id in messages.cancelled { end(id, .cancelled) }
            for (id, outcome) in multi.perform() { end(id, outcome) }
            let now = ContinuousClock.now
            for submission in running.values where submission.deadline <= now { end(submission.id, .timedOut) }
            if let next = running.values.map(\.deadline).min() { multi.wait(now.duration(to: next)) }
        }
    }
}
