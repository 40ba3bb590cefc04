import Foundation
import Glibc

/// The socket of a service manager, as sd_notify(3) has it: each message is a datagram of lines.
final class NotifySocket {
    /// No such message has come in time.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// What `NOTIFY_SOCKET` has to be.
    let name: String
    private let descriptor: Int32
    /// All lines so far, of all messages.
    private(set) var lines: [String] = []

    /// Begins to listen.
    /// - Parameter name: a path, or `@` and an abstract name.
    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(name.utf8)) }
        let isAbstract = name.hasPrefix("@")
        if isAbstract { address.sun_path.0 = 0 }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count + (isAbstract ? 0 : 1))
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EINVAL) }
    }

    deinit { close(descriptor) }

    /// Has the socket hold all that it can, so that whoever sends next has to wait or to give up.
    /// - Returns: how many messages that took.
    func fill() -> Int {
        let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(sender) }
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                getsockname(descriptor, pointer, &length)
                var count = 0
                while sendto(sender, "FILLED", 6, Int32(MSG_DONTWAIT), pointer, length) == 6 { count += 1 }
                return count
            }
        }
    }

    /// The first line from here on that begins so; those before it are in `lines` as well.
    @discardableResult
    func line(_ beginning: String, within limit: Duration = .seconds(40)) throws -> String {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let new = try receive(until: end)
            lines += new
            if let line = new.first(where: { $0.hasPrefix(beginning) }) { return line }
        }
        throw Missing(description: "no \(beginning) within \(limit), but \(lines)")
    }

    /// What has come already.
    func drain() throws {
        while true {
            let new = try receive(until: .now)
            if new.isEmpty { return }
            lines += new
        }
    }

    private func receive(until end: ContinuousClock.Instant) throws -> [String] {
        let left = max(.zero, end - .now) / .milliseconds(1)
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, Int32(left)) == 1 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
