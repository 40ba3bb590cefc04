internal import CAres
internal import Glibc

/// Wakes a thread that waits in `poll`: an eventfd. Signals that come before the thread looks are one.
final class WakeUpDescriptor: Sendable {
    /// The descriptor to wait for; readable after ``signal()``.
    let descriptor: Int32

    /// - Throws: ``ResolverStartError`` where the system gives no descriptor, such as too many open files.
    init() throws(ResolverStartError) {
        descriptor = callbridge_eventfd()
        guard descriptor >= 0 else { throw ResolverStartError(doing: "create a wake-up descriptor", errno: errno) }
    }

    deinit { close(descriptor) }

    /// Wakes the thread. From any thread, never blocks.
    func signal() {
        var one: UInt64 = 1
        // The only possible failure is a full counter, and then the descriptor is readable already.
        _ = write(descriptor, &one, MemoryLayout.size(ofValue: one))
    }

    /// Takes the signals that have come. On the woken thread.
    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout.size(ofValue: count))
    }
}
