internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix

/// A value that several threads change, and that a test can wait on.
///
/// ```swift
/// let visits = WatchedValue<[Int]>([])
/// visits.update { $0.append(1) }
/// let seen = try await visits.wait { $0.count >= 1 }
/// ```
public final class WatchedValue<Value: Sendable>: Sendable {
    /// What was waited for has not come within three minutes.
    public struct TimedOut: Error, Sendable, CustomStringConvertible {
        /// The value as it was then.
        public let description: String
    }

    private struct State {
        var value: Value
        var watchers: [UInt64: @Sendable () -> Void] = [:]
        var nextWatcher: UInt64 = 0
    }

    private let state: NIOLockedValueBox<State>

    /// A value that nobody waits on yet.
    public init(_ value: Value) {
        state = NIOLockedValueBox(State(value: value))
    }

    /// The value as it is now.
    public var value: Value { state.withLockedValue { $0.value } }

    /// Changes the value, and lets everybody look who waits on it.
    @discardableResult
    public func update<Result>(_ body: (inout Value) -> Result) -> Result {
        let (result, watchers) = state.withLockedValue { (body(&$0.value), Array($0.watchers.values)) }
        for watcher in watchers { watcher() }
        return result
    }

    /// The value, once it is as wanted; waits three minutes at most.
    public func wait(until condition: (Value) -> Bool) async throws -> Value {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLockedValue { state in
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = { continuation.yield() }
            return state.nextWatcher
        }
        let deadline = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .minutes(3)) {
            continuation.finish()
        }
        defer {
            deadline.cancel()
            state.withLockedValue { _ = $0.watchers.removeValue(forKey: number) }
        }
        continuation.yield()
        for await _ in changes {
            let value = value
            if condition(value) { return value }
        }
        throw TimedOut(description: "after three minutes it was \(value)")
    }
}
