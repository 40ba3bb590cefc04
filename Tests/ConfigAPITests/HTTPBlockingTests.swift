import Foundation
import Testing

/// Lets tests that wait for a socket do so on threads of their own: Swift's pool has one thread for each core, and all
/// other tests need them.
struct HTTPBlockingTests: SuiteTrait, TestTrait, TestScoping {
    private final class Threads: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            let executor = asUnownedTaskExecutor()
            Thread.detachNewThread { job.runSynchronously(on: executor) }
        }
    }

    private static let threads = Threads()

    var isRecursive: Bool { true }

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Self.threads) { try await function() }
    }
}

extension Trait where Self == HTTPBlockingTests {
    /// For tests that block their thread.
    static var blocking: Self { Self() }
}
