internal import CMicroHTTPD
internal import Glibc
internal import Logging

/// One daemon of libmicrohttpd: one epoll set, one thread.
///
/// It gets its connections from `add` and has no listening socket of its own. So nothing has to be taken away from it
/// when the server stops: `MHD_quiesce_daemon` of 0.9.75 races with the daemon's own epoll set (both remove the
/// listening socket, and the one that comes second aborts the process), and that with one thread as well as with a
/// pool. More threads are more daemons, not a thread pool.
///
/// The pointer belongs to this class from `init` to `stop`; `MHD_add_connection` and `MHD_stop_daemon` are both called
/// by the server's own thread only. Hence `@unchecked Sendable`.
final class MHDDaemon: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let core: HTTPServerCore
    /// An event descriptor in the daemon's epoll set.
    private let event: Int32

    /// From how many connections on a daemon needs `poke`: a bit below the number of events that it takes at once.
    static let crowd = 100

    /// Starts the daemon and its thread.
    /// - Throws: `HTTPServerError` with the code `.cannotStart`.
    init(core: HTTPServerCore, isSecure: Bool) throws {
        self.core = core
        let context = Unmanaged.passUnretained(core).toOpaque()
        // The logger is first: earlier messages would go to standard error.
        var options = [
            Self.item(MHD_OPTION.EXTERNAL_LOGGER, unsafeBitCast(MHDCallbacks.log, to: Int.self), context),
            Self.item(MHD_OPTION.NOTIFY_CONNECTION, unsafeBitCast(MHDCallbacks.connection, to: Int.self), context),
            Self.item(MHD_OPTION.URI_LOG_CALLBACK, unsafeBitCast(MHDCallbacks.requestLine, to: Int.self), context),
            Self.item(MHD_OPTION.NOTIFY_COMPLETED, unsafeBitCast(MHDCallbacks.completed, to: Int.self), context),
            Self.item(MHD_OPTION.UNESCAPE_CALLBACK, unsafeBitCast(MHDCallbacks.unescape, to: Int.self), context),
            Self.item(MHD_OPTION.CONNECTION_TIMEOUT, max(core.limits.idleTimeout, 1), nil),
            Self.item(MHD_OPTION.CONNECTION_MEMORY_LIMIT, core.limits.connectionMemory, nil),
            // Ours is lower and is counted before.
            Self.item(
                MHD_OPTION.CONNECTION_LIMIT, core.limits.connections + core.limits.refusedConnections + 16, nil),
        ]
        // Neither of the strict modes: 1 answers a missing Host twice, -1 drops what 1 checks. `RequestHeadRules`
        // checks all that both do, and more.
        let priorities = strdup("NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2")
        defer { free(priorities) }
        if isSecure {
            options.append(Self.item(MHD_OPTION.HTTPS_PRIORITIES, 0, priorities))
            options.append(
                Self.item(
                    MHD_OPTION.HTTPS_CERT_CALLBACK, 0,
                    unsafeBitCast(MHDCallbacks.certificate, to: UnsafeMutableRawPointer.self)))
        }
        options.append(Self.item(MHD_OPTION.END, 0, nil))
        guard let pointer = cb_mhd_start(cb_mhd_flags(isSecure ? 1 : 0), MHDCallbacks.access, context, &options) else {
            throw HTTPServerError(.cannotStart, "Cannot start the HTTP server: libmicrohttpd refused")
        }
        self.pointer = pointer
        event = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        var change = epoll_event()
        change.events = EPOLLIN.rawValue | EPOLLET.rawValue
        // An event without data is one that the daemon takes and forgets.
        change.data.ptr = nil
        guard event >= 0, epoll_ctl(cb_mhd_epoll(pointer), EPOLL_CTL_ADD, event, &change) == 0 else {
            let reason = SystemError.text(errno)
            stop()
            throw HTTPServerError(.cannotStart, "Cannot start the HTTP server: \(reason)")
        }
    }

    /// Makes the daemon go once around its loop.
    ///
    /// libmicrohttpd 0.9.75 takes up to 128 events from its epoll set and, when there were exactly
    /// 128, waits for more with the full time-out before it looks at any of them. With no further event those 128
    /// connections stand still until the idle time-out. So a daemon with many connections is poked now and then.
    func poke() { eventfd_write(event, 1) }

    /// Hands over a connection, which libmicrohttpd closes in any case.
    /// - Returns: False if it was refused.
    func add(_ descriptor: Int32, _ remote: PeerAddress) -> Bool {
        remote.rawBytes.withUnsafeBytes { bytes in
            MHD_add_connection(
                pointer, descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress,
                socklen_t(bytes.count)) == .YES
        }
    }

    /// Closes all connections, ends the thread and frees the daemon; once, and with no connection suspended.
    func stop() {
        MHD_stop_daemon(pointer)
        if event >= 0 { close(event) }
    }

    private static func item(_ option: MHD_OPTION, _ value: Int, _ pointer: UnsafeMutableRawPointer?) -> MHD_OptionItem
    {
        MHD_OptionItem(option: option, value: value, ptr_value: pointer)
    }
}
