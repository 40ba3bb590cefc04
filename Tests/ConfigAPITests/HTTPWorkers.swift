import Foundation

/// Four threads that answer for one test, apart from those on which tests wait.
///
/// Not Dispatch's threads: there are too few of them when many tests block at once.
final class HTTPWorkers: Sendable {
    /// What the threads share; its own condition guards it, hence `@unchecked Sendable`.
    private final class Jobs: @unchecked Sendable {
        private let condition = NSCondition()
        private var waiting: [@Sendable () -> Void] = []
        private var unfinished = 0
        private var isOver = false

        func add(_ job: @escaping @Sendable () -> Void) {
            condition.withLock {
                waiting.append(job)
                unfinished += 1
                condition.broadcast()
            }
        }

        func end() {
            condition.withLock {
                isOver = true
                condition.broadcast()
            }
        }

        /// Works until the end.
        func work() {
            while let job = next() {
                job()
                condition.withLock {
                    unfinished -= 1
                    condition.broadcast()
                }
            }
        }

        func waitUntilDone() {
            condition.withLock { while unfinished > 0 { condition.wait() } }
        }

        private func next() -> (@Sendable () -> Void)? {
            condition.withLock {
                while waiting.isEmpty, !isOver { condition.wait() }
                return waiting.isEmpty ? nil : waiting.removeFirst()
            }
        }
    }

    private let jobs = Jobs()

    init() {
        for _ in 0..<4 { Thread.detachNewThread { [jobs] in jobs.work() } }
    }

    deinit { jobs.end() }

    /// Runs something on another thread.
    func run(_ body: @escaping @Sendable () -> Void) { jobs.add(body) }

    /// Returns when everything that was begun before has ended.
    func drain() { jobs.waitUntilDone() }
}
