internal import Foundation
internal import Glibc
internal import NIOConcurrencyHelpers

/// Ports for servers that cannot be told "port 0".
///
/// They are taken from below the kernel's range for outgoing connections (`ip_local_port_range`), so no connection of
/// this machine can occupy one between the choice and the server's `bind`; and each is handed out once per process.
public enum FreePorts {
    private static let handedOut = NIOLockedValueBox<Set<UInt16>>([])

    /// Distinct ports of which neither TCP nor UDP is in use on any IPv4 address.
    ///
    /// - Throws: `POSIXError(.EADDRNOTAVAIL)` when there are not that many.
    public static func reserve(_ count: Int) throws -> [UInt16] {
        try handedOut.withLockedValue { handedOut in
            var found: [UInt16] = []
            for port in candidates().shuffled() where found.count < count {
                guard !handedOut.contains(port), isFree(port, SOCK_STREAM), isFree(port, SOCK_DGRAM) else { continue }
                handedOut.insert(port)
                found.append(port)
            }
            guard found.count == count else { throw POSIXError(.EADDRNOTAVAIL) }
            return found
        }
    }

    /// One such port.
    public static func reserve() throws -> UInt16 {
        guard let port = try reserve(1).first else { throw POSIXError(.EADDRNOTAVAIL) }
        return port
    }

    private static func candidates() -> [UInt16] {
        let range = FileManager.default.contents(atPath: "/proc/sys/net/ipv4/ip_local_port_range") ?? Data()
        let limits = String(decoding: range, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap {
            UInt16($0)
        }
        let low = limits.first ?? 32768
        let high = limits.last ?? 60999
        let first: UInt16 = 10240
        let above: [UInt16] = high < UInt16.max ? Array((high + 1)...UInt16.max) : []
        return (low > first ? Array(first..<low) : []) + above
    }

    private static func isFree(_ port: UInt16, _ type: __socket_type) -> Bool {
        let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = 0  // every address: a listener on 127.0.0.2 counts as well
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
