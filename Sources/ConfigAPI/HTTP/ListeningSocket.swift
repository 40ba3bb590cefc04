internal import Glibc
internal import NIOConcurrencyHelpers

/// A TCP socket that is bound and listens; nothing is accepted from it until a server that has it is started.
public final class ListeningSocket: Sendable {
    /// The numeric address that is bound, without brackets.
    public let host: String
    /// The port that is bound; if port 0 was asked for, the one that the kernel chose.
    public let port: UInt16
    private let descriptor: NIOLockedValueBox<Int32>

    /// The bound address as it stands in a URL: `127.0.0.1:8080`, `[::1]:8080`.
    public var localAddress: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Binds an address and listens on it.
    ///
    /// - Parameters:
    ///   - host: An IPv4 or IPv6 address, or a name, of which the first address is used. An IPv6 socket takes IPv6
    ///     only, so `0.0.0.0` and `::` can be bound side by side.
    ///   - port: 0 lets the kernel choose.
    ///   - backlog: Connections that may wait to be accepted.
    /// - Throws: `HTTPServerError` with the code `.cannotListen`; its message names host, port and the system's reason.
    public static func bind(host: String, port: UInt16, backlog: Int32 = 1024) throws -> ListeningSocket {
        func failure(_ reason: String) -> HTTPServerError {
            let shown = host.contains(":") ? "[\(host)]" : host
            return HTTPServerError(.cannotListen, "Cannot listen on \(shown):\(port): \(reason)")
        }
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0, let first = list else {
            throw failure(status == EAI_SYSTEM ? SystemError.text(errno) : String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(first) }
        let family = first.pointee.ai_family
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw failure(SystemError.text(errno)) }
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        let bound =
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size) == 0
            && (family != AF_INET6
                || setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size) == 0)
            && Glibc.bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0
            && listen(descriptor, backlog) == 0
        guard bound else {
            let reason = SystemError.text(errno)
            _ = Glibc.close(descriptor)
            throw failure(reason)
        }
        guard let local = PeerAddress(localOf: descriptor) else {
            let reason = SystemError.text(errno)
            _ = Glibc.close(descriptor)
            throw failure(reason)
        }
        return ListeningSocket(descriptor: descriptor, local: local)
    }

    private init(descriptor: Int32, local: PeerAddress) {
        self.descriptor = NIOLockedValueBox(descriptor)
        self.host = local.host
        self.port = local.port
    }

    deinit { close() }

    /// Stops listening; connections that wait to be accepted are reset. Harmless when repeated.
    public func close() {
        let open = descriptor.withLockedValue { value in
            defer { value = -1 }
            return value
        }
        if open >= 0 { Glibc.close(open) }
    }

    /// The descriptor, or -1 once closed. Only the server's own thread accepts and closes, so it stays valid there.
    var rawDescriptor: Int32 { descriptor.withLockedValue { $0 } }
}
