internal import Glibc
internal import NIOConcurrencyHelpers

/// Standard output or standard error, without a buffer: what was written is there, also when the process is killed.
final class StandardStream: Sendable {
    static let output = StandardStream(STDOUT_FILENO)
    static let error = StandardStream(STDERR_FILENO)

    private let descriptor: Int32
    /// One text after the other.
    private let lock = NIOLock()

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes a text whole, not mixed with another thread's. One that nobody can read any more is dropped.
    func write(_ text: String) {
        var text = text
        lock.withLock {
            text.withUTF8 { bytes in
                var rest = UnsafeRawBufferPointer(bytes)
                while let base = rest.baseAddress, !rest.isEmpty {
                    let count = Glibc.write(descriptor, base, rest.count)
                    if count > 0 {
                        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                    } else if errno == EAGAIN {
                        // Somebody who shares the descriptor has made it non-blocking.
                        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        _ = poll(&waiting, 1, -1)
                    } else if errno != EINTR {
                        return
                    }
                }
            }
        }
    }
}
