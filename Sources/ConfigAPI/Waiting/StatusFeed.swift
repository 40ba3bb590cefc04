internal import BridgeEngine
internal import Dispatch
internal import HTTPTypes
internal import NIOConcurrencyHelpers

/// Tells clients that wait, and those that follow a stream, what the bridge publishes.
///
/// Everything happens on one queue of its own, so each client sees the statuses in their order, and neither the bridge's
/// event loop nor a thread of the HTTP server's does the telling. A client that waits costs a closure, no thread.
final class StatusFeed: Sendable {
    /// How a wait ended.
    enum Outcome: Sendable {
        /// With a status that was waited for.
        case met(RenderedStatus)
        /// With the current one, when the time was up.
        case timeUp(RenderedStatus)
        /// The server stops.
        case stopped
    }

    /// How many statuses are kept for streams that are taken up again.
    static let kept = 100
    /// After this time without an event a stream gets a comment, so that both ends see whether the other is there.
    static let keepAlive = Duration.seconds(15)

    private struct Waiter {
        let condition: StatusCondition
        let deadline: DispatchTime
        let completion: @Sendable (Outcome) -> Void
    }

    private struct Follower {
        let stream: any ResponseStream
        /// The last status that it was told.
        var last: UInt64
        var commentAt: DispatchTime
    }

    private struct State {
        /// The latest statuses, oldest first; never empty.
        var history: [RenderedStatus]
        var waiters: [UInt64: Waiter] = [:]
        var followers: [UInt64: Follower] = [:]
        var nextID: UInt64 = 0
        /// The times for which there is a wake-up, in units of ``StatusFeed/grain``.
        var wakeUps: Set<UInt64> = []
        var isStopped = false

        var latest: RenderedStatus { history[history.count - 1] }
    }

    /// Deadlines that are no further apart share a wake-up: 50 ms, in nanoseconds.
    private static let grain: UInt64 = 50_000_000

    private let bridge: any BridgeControl
    private let queue = DispatchQueue(label: "status-feed")
    /// Touched on the queue alone; the lock tells the compiler so.
    private let state: NIOLockedValueBox<State>
    /// What has not reached the queue yet, in its order.
    private let published: NIOLockedValueBox<[BridgeStatus]> = .init([])
    private let observation: NIOLockedValueBox<StatusObservation?> = .init(nil)
    private let keepAlive: Duration

    /// - Parameter keepAlive: see ``keepAlive``; for tests.
    init(bridge: any BridgeControl, keepAlive: Duration = StatusFeed.keepAlive) {
        self.bridge = bridge
        self.keepAlive = keepAlive
        state = NIOLockedValueBox(State(history: [RenderedStatus(bridge.status)]))
        let observation = bridge.observe { [weak self] status in
            guard let self else { return }
            let isFirst = published.withLockedValue { published in
                published.append(status)
                return published.count == 1
            }
            // Whatever comes before the queue gets there is taken along: waking its thread is what costs.
            if isFirst { queue.async { self.tellPublished() } }
        }
        self.observation.withLockedValue { $0 = observation }
    }

    deinit { observation.withLockedValue { $0 }?.cancel() }

    // MARK: Waiting

    /// Waits for a status, from now on for at most `timeout` seconds.
    /// - Parameters:
    ///   - seen: the status that the caller has looked at; those after it count.
    ///   - responder: whose client ends the wait when it leaves; `completion` is then not called.
    ///   - completion: called once, on the feed's queue.
    func wait(
        for condition: StatusCondition, after seen: BridgeStatus, timeout: Int, _ responder: any Responder,
        completion: @escaping @Sendable (Outcome) -> Void
    ) {
        queue.async { [self] in
            if state.withLockedValue({ $0.isStopped }) { return completion(.stopped) }
            let met = state.withLockedValue { state in
                state.history.first { $0.status.sequence > seen.sequence && condition.isMet(by: $0.status) }
            }
            if let met { return completion(.met(met)) }
            let deadline = DispatchTime.now() + .seconds(timeout)
            let id = state.withLockedValue { state in
                state.nextID += 1
                state.waiters[state.nextID] = Waiter(condition: condition, deadline: deadline, completion: completion)
                return state.nextID
            }
            wake(at: deadline)
            responder.onClientGone { [weak self] in
                guard let self else { return }
                queue.async { self.state.withLockedValue { _ = $0.waiters.removeValue(forKey: id) } }
            }
        }
    }

    // MARK: Following

    /// Starts a stream: the current status, or all that came after `last` if they are still known, and then each status
    /// that is published.
    func follow(after last: StatusEventID?, _ head: HTTPServerResponse, _ responder: any Responder) {
        queue.async { [self] in
            let (history, isStopped) = state.withLockedValue { ($0.history, $0.isStopped) }
            // The current one may still be on its way to here; whoever asks after a change sees it all the same.
            let missed = Self.missed(history, since: last) ?? [RenderedStatus(bridge.status)]
            let latest = missed.last?.status.sequence ?? last?.sequence ?? 0
            var head = head
            head.body = missed.isEmpty ? Self.comment : missed.flatMap(\.event)
            let stream = responder.startStream(head)
            if isStopped { return stream.finish() }
            let commentAt = DispatchTime.now() + keepAlive.dispatched
            let id = state.withLockedValue { state in
                state.nextID += 1
                state.followers[state.nextID] = Follower(stream: stream, last: latest, commentAt: commentAt)
                return state.nextID
            }
            wake(at: commentAt)
            responder.onClientGone { [weak self] in
                guard let self else { return }
                queue.async { self.state.withLockedValue { _ = $0.followers.removeValue(forKey: id) } }
            }
        }
    }

    /// A stream that gets nothing but the time.
    private static let comment = Array(":\n\n".utf8)

    /// What a client that knows `last` has missed; nil where that can't be told.
    private static func missed(_ history: [RenderedStatus], since last: StatusEventID?) -> [RenderedStatus]? {
        guard let last, let first = history.first?.status, first.boot == last.boot,
            let latest = history.last?.status, last.sequence <= latest.sequence, first.sequence <= last.sequence + 1
        else { return nil }
        return Array(history.drop { $0.status.sequence <= last.sequence })
    }

    /// Ends all streams; their clients come again, and have to prove who they are.
    func endStreams() {
        queue.async { [self] in
            let followers = state.withLockedValue { state in
                defer { state.followers = [:] }
                return state.followers
            }
            for follower in followers.values { follower.stream.finish() }
        }
    }

    /// Ends all waits and streams, and those that are still to come.
    func stop() {
        queue.async { [self] in
            let waiters = state.withLockedValue { state in
                defer { state.waiters = [:] }
                state.isStopped = true
                return state.waiters
            }
            for waiter in waiters.values { waiter.completion(.stopped) }
        }
        endStreams()
    }

    /// For tests: calls a body on the queue, so that nothing else happens there meanwhile.
    func whenIdle(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }

    // MARK: On the queue

    private func tellPublished() {
        let statuses = published.withLockedValue { published in
            defer { published = [] }
            return published
        }
        for status in statuses { tell(status) }
    }

    /// Hands a status on.
    private func tell(_ status: BridgeStatus) {
        guard status.sequence > state.withLockedValue({ $0.latest.status.sequence }) else { return }
        let rendered = RenderedStatus(status)
        let commentAt = DispatchTime.now() + keepAlive.dispatched
        let (met, streams) = state.withLockedValue { state in
            state.history.append(rendered)
            if state.history.count > Self.kept { state.history.removeFirst() }
            let met = state.waiters.filter { $0.value.condition.isMet(by: status) }
            for id in met.keys { state.waiters[id] = nil }
            let behind = state.followers.filter { $0.value.last < status.sequence }
            for id in behind.keys {
                state.followers[id]?.last = status.sequence
                state.followers[id]?.commentAt = commentAt
            }
            return (met.values.map(\.completion), behind.mapValues(\.stream))
        }
        if !streams.isEmpty {
            let event = rendered.event
            for (id, stream) in streams where !stream.write(event) { forget(id) }
            wake(at: commentAt)
        }
        for completion in met { completion(.met(rendered)) }
    }

    private func forget(_ follower: UInt64) {
        state.withLockedValue { _ = $0.followers.removeValue(forKey: follower) }
    }

    /// Looks at the deadlines not before `time`, and not much later.
    private func wake(at time: DispatchTime) {
        let slot = time.uptimeNanoseconds / Self.grain + 1
        guard state.withLockedValue({ $0.wakeUps.insert(slot).inserted }) else { return }
        queue.asyncAfter(deadline: DispatchTime(uptimeNanoseconds: slot * Self.grain)) { [weak self] in
            self?.meetDeadlines(slot)
        }
    }

    private func meetDeadlines(_ slot: UInt64) {
        let now = DispatchTime.now()
        let commentAt = now + keepAlive.dispatched
        let (late, quiet) = state.withLockedValue { state in
            state.wakeUps.remove(slot)
            let late = state.waiters.filter { $0.value.deadline <= now }
            for id in late.keys { state.waiters[id] = nil }
            let quiet = state.followers.filter { $0.value.commentAt <= now }
            for id in quiet.keys { state.followers[id]?.commentAt = commentAt }
            return (late.values.map(\.completion), quiet.mapValues(\.stream))
        }
        if !late.isEmpty {
            let current = RenderedStatus(bridge.status)
            for completion in late { completion(.timeUp(current)) }
        }
        for (id, stream) in quiet where !stream.write(Self.comment) { forget(id) }
        if !quiet.isEmpty { wake(at: commentAt) }
    }
}

extension Duration {
    fileprivate var dispatched: DispatchTimeInterval { .nanoseconds(Int(clamping: wholeNanoseconds)) }
}
