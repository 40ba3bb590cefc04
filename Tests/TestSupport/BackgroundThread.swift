internal import Foundation
internal import NIOConcurrencyHelpers

/// A thread that runs a body which blocks, and hands its error back.
public final class BackgroundThread: Sendable {
    private let result = NIOLockedValueBox<Result<Void, any Error>?>(nil)
    private let finished = ConditionLock(value: false)

    /// Starts the thread.
    public init(_ body: @escaping @Sendable () throws -> Void) {
        Thread.detachNewThread { [self] in
            let outcome = Result { try body() }
            finished.lock()
            result.withLockedValue { $0 = outcome }
            finished.unlock(withValue: true)
        }
    }

    /// Waits for the end of the body and throws what it threw.
    public func join() throws {
        finished.lock(whenValue: true)
        defer { finished.unlock(withValue: true) }
        try result.withLockedValue { $0 }?.get()
    }
}
