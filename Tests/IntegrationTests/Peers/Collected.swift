import Foundation

/// Values gathered by several threads.
final class Collected<Value: Sendable>: Sendable {
    private let lock = NSLock()
    // Only touched with `lock` held.
    nonisolated(unsafe) private var values: [Value] = []

    /// All so far.
    var all: [Value] { lock.withLock { values } }

    /// Adds some.
    func append(_ new: [Value]) { lock.withLock { values += new } }
}
