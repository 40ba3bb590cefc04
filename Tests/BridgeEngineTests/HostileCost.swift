import Foundation
import Glibc
import NIOCore

/// What a piece of work has cost.
struct HostileCost: CustomStringConvertible {
    /// CPU time of an event loop's thread alone, so that neighbours don't count.
    let time: Duration
    /// The growth of the whole process's memory at its peak, in bytes: neighbours count.
    let memory: Int

    var description: String { "\(time), \(memory >> 10) KiB" }

    /// Measures a body that works on an event loop which nothing else uses.
    static func of(_ loop: any EventLoop, _ body: () async throws -> Void) async throws -> HostileCost {
        // Makes the peak what there is now (proc_pid_clear_refs(5)). Where that is not allowed, less growth is seen.
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let memory = peak()
        let time = try await time(of: loop)
        try await body()
        return HostileCost(time: try await self.time(of: loop) - time, memory: peak() - memory)
    }

    private static func time(of loop: any EventLoop) async throws -> Duration {
        try await loop.submit {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }.get()
    }

    /// `VmHWM` of this process.
    private static func peak() -> Int {
        let status = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
        return (kibibytes ?? 0) << 10
    }
}
