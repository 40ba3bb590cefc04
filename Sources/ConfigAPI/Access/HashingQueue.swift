internal import Dispatch
internal import NIOConcurrencyHelpers

/// Does what has to hash a password, one after the other on a thread of its own: a hash costs a quarter of a second and
/// 16 MiB. What would have to wait too long is refused.
final class HashingQueue: Sendable {
    /// How many may wait beside the one whose turn it is.
    static let mostWaiting = 16

    private let queue = DispatchQueue(label: "new-passwords")
    private let unfinished: NIOLockedValueBox<Int> = .init(0)

    /// Takes work.
    /// - Returns: Whether it will be done; else there is too much to do already.
    func add(_ work: @escaping @Sendable () -> Void) -> Bool {
        let hasRoom = unfinished.withLockedValue { count in
            guard count <= Self.mostWaiting else { return false }
            count += 1
            return true
        }
        if hasRoom {
            queue.async {
                work()
                self.unfinished.withLockedValue { $0 -= 1 }
            }
        }
        return hasRoom
    }
}
