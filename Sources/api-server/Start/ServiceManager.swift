internal import Foundation
internal import Glibc

/// The service manager that started this process and wants to hear of it: systemd's protocol, sd_notify(3).
///
/// Messages are datagrams that are sent or, where nobody reads them, lost. That the service is ready waits a while for a
/// manager that is behind, as it would take a service for dead of which it has not heard that; nothing else waits.
struct ServiceManager: Sendable {
    /// The socket's name; `@` at its beginning stands for the abstract name space.
    private let path: String
    /// How often a sign of life has to come; nil where nobody waits for one.
    let watchdogInterval: Duration?

    /// Nil where the environment names no socket.
    init?(environment: [String: String]) {
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@"),
            (2..<MemoryLayout.size(ofValue: sockaddr_un().sun_path)).contains(path.utf8.count)
        else { return nil }
        self.path = path
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        let limit = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        watchdogInterval = isMeant ? limit.map { .microseconds($0) / 2 } : nil
    }

    /// The service is served, or has read its files anew. Returns once the manager has been told, after ``patience``, or
    /// when the task is cancelled.
    func ready() async {
        let end = ContinuousClock.now + Self.patience
        while !send("READY=1"), ContinuousClock.now < end {
            guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
        }
    }

    /// Files are being read anew; ``ready()`` follows.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        send("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)")
    }

    /// The service has begun to stop.
    func stopping() { send("STOPPING=1\nSTATUS=stopping") }

    /// The service is alive.
    func alive() { send("WATCHDOG=1") }

    /// What `systemctl status` shows: one line.
    func tell(_ status: String) { send("STATUS=\(LogText.line(status))") }

    /// How long ``ready()`` waits at most.
    private static let patience = Duration.seconds(10)

    /// - Returns: false where the manager has not read what was sent before, so that it may be told later.
    @discardableResult
    private func send(_ message: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            bytes.copyBytes(from: name)
            if path.hasPrefix("@") { bytes[0] = 0 }
        }
        // An abstract name ends with the address, not with a zero byte.
        let length = MemoryLayout<sa_family_t>.size + name.count + (path.hasPrefix("@") ? 0 : 1)
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let bytes = Array(message.utf8)
        let count = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                sendto(descriptor, bytes, bytes.count, flags, pointer, socklen_t(length))
            }
        }
        return count >= 0 || ![EAGAIN, EINTR, ENOBUFS].contains(errno)
    }
}
