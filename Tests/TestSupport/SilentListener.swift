internal import Foundation
internal import Glibc
internal import NIOConcurrencyHelpers

/// An address that swallows everything: it neither takes a TCP connection nor refuses it, as a firewall does that drops.
///
/// It is a listening socket whose queue is full: the kernel drops every further SYN (tcp_conn_request), without an
/// answer.
public final class SilentListener: Sendable {
    /// Which of the two loopback addresses it is.
    public enum Family: Sendable, CaseIterable {
        /// 127.0.0.1.
        case v4
        /// ::1.
        case v6
    }

    /// The port, on 127.0.0.1 or ::1.
    public let port: UInt16
    private let descriptors: NIOLockedValueBox<[Int32]>

    /// Begins to be silent.
    ///
    /// - Parameters:
    ///   - family: its address.
    ///   - port: a certain port; 0 for one that the system chooses.
    /// - Throws: `POSIXError`, such as `EADDRINUSE`.
    public init(_ family: Family, port: UInt16 = 0) throws {
        let descriptors = NIOLockedValueBox<[Int32]>([])
        self.descriptors = descriptors
        do {
            let listener = try Self.open(family, descriptors)
            self.port = try Self.listen(listener, family, port)
            // A queue of length 0 holds one connection.
            let filler = try Self.open(family, descriptors)
            try Self.withAddress(family, self.port) { try Self.check(connect(filler, $0, $1)) }
            // The handshake's last segment may still be on its way: full is full once the listener could accept.
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 10_000) == 1 else { throw POSIXError(.ETIMEDOUT) }
        } catch {
            Self.close(descriptors)
            throw error
        }
    }

    deinit { stop() }

    /// Closes the port.
    public func stop() { Self.close(descriptors) }

    private static func open(_ family: Family, _ descriptors: NIOLockedValueBox<[Int32]>) throws -> Int32 {
        let domain = family == .v4 ? AF_INET : AF_INET6
        let descriptor = socket(domain, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try check(descriptor)
        descriptors.withLockedValue { $0.append(descriptor) }
        return descriptor
    }

    private static func listen(_ listener: Int32, _ family: Family, _ port: UInt16) throws -> UInt16 {
        var isOnly: Int32 = 1
        if family == .v6 {
            let size = socklen_t(MemoryLayout<Int32>.size)
            try check(setsockopt(listener, Int32(IPPROTO_IPV6), Int32(IPV6_V6ONLY), &isOnly, size))
        }
        try withAddress(family, port) { try check(bind(listener, $0, $1)) }
        try check(Glibc.listen(listener, 0))
        var bound = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        try withUnsafeMutablePointer(to: &bound) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try check(getsockname(listener, $0, &length))
            }
        }
        // The port is at the same place in both families' addresses.
        return UInt16(bigEndian: bound.sin6_port)
    }

    private static func withAddress(
        _ family: Family, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
    ) throws {
        func run<Address>(_ address: Address) throws {
            try withUnsafePointer(to: address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    try body($0, socklen_t(MemoryLayout<Address>.size))
                }
            }
        }
        switch family {
        case .v4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            try run(address)
        case .v6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            try run(address)
        }
    }

    private static func close(_ descriptors: NIOLockedValueBox<[Int32]>) {
        let open = descriptors.withLockedValue { descriptors in
            defer { descriptors = [] }
            return descriptors
        }
        for descriptor in open { Glibc.close(descriptor) }
    }

    private static func check(_ result: Int32) throws {
        guard result >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }
}
