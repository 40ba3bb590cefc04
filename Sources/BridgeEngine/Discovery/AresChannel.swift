internal import CAres
internal import Glibc

/// One c-ares channel, made for one question.
///
/// c-ares 1.18 cannot cancel a single question of a channel, and reads `resolv.conf` only when a channel is made. With
/// a channel of its own for each question, closing it ends that question and nothing else, a changed `resolv.conf`
/// counts from the next question, and each question leaves from a fresh port (RFC 5452 §9.2). Making one costs some
/// 50 microseconds.
///
/// Confined to the resolver's thread.
final class AresChannel {
    /// What a channel is made with.
    struct Options {
        /// The servers to ask, in this order; empty means those of `resolv.conf`.
        var servers: [DNSServerAddress] = []
        /// How long the first try of each server lasts; c-ares doubles it with each round.
        var firstTry: Duration = .seconds(1)
        /// Rounds over all servers before c-ares gives up.
        var rounds: Int32 = 3
        /// Look into the hosts file only.
        var hostsFileOnly = false
    }

    private let channel: ares_channel
    private let context: AresAnswerContext
    private var isOpen = true

    /// Makes a channel that has been asked nothing yet.
    ///
    /// - Throws: the status with which c-ares refused: no memory, or a server it does not take.
    init(_ options: Options, live: LiveCount) throws(AresChannelError) {
        // Process-wide by c-ares' own design, counts nothing here, never undone: other channels may be open.
        guard Self.libraryStatus == ARES_SUCCESS else {
            throw AresChannelError(status: AresStatus(code: Self.libraryStatus))
        }
        self.context = AresAnswerContext(live: live)
        self.channel = try Self.open(options)
    }

    deinit { close() }

    /// Asks; to be called once. The outcome may be there when it returns: from the hosts file, or an error.
    func ask(_ question: DNSQuestion, name: String) {
        switch question {
        case .srv:
            // Class IN is 1 (RFC 1035 §3.2.4), type SRV is 33 (RFC 2782). ares_query appends no search domains.
            ares_query(channel, name, 1, 33, AresAnswerContext.srvCallback, context.retainedForCares())
        case .addresses(_, let family):
            var hints = ares_addrinfo_hints()
            hints.ai_family = family == .v4 ? AF_INET : AF_INET6
            // The order of the answer is kept; the dialling plan sorts.
            hints.ai_flags = ARES_AI_NOSORT
            ares_getaddrinfo(
                channel, name, nil, &hints, AresAnswerContext.addressesCallback, context.retainedForCares())
        }
    }

    /// How the question ended; nil while it is under way.
    var outcome: AresOutcome? { context.outcome }

    /// The servers the channel asks; for a channel without servers of its own, what `resolv.conf` gave.
    var servers: [DNSServerAddress] {
        var head: UnsafeMutablePointer<ares_addr_port_node>?
        guard ares_get_servers_ports(channel, &head) == ARES_SUCCESS, let head else { return [] }
        defer { ares_free_data(head) }
        var servers: [DNSServerAddress] = []
        var next: UnsafeMutablePointer<ares_addr_port_node>? = head
        while let server = next {
            var bytes = [UInt8](repeating: 0, count: 16)
            let count = callbridge_ares_server_address(server, &bytes)
            let port = UInt16(truncatingIfNeeded: server.pointee.udp_port)
            if let address = IPAddress(bytes: Array(bytes.prefix(Int(count)))) {
                servers.append(DNSServerAddress(address: address, port: port == 0 ? 53 : port))
            }
            next = server.pointee.next
        }
        return servers
    }

    /// Calls `body` for each socket in use, with what is waited for.
    func forEachDescriptor(_ body: (_ descriptor: Int32, _ read: Bool, _ write: Bool) -> Void) {
        guard isOpen else { return }
        var sockets = [ares_socket_t](repeating: ARES_SOCKET_BAD, count: Int(ARES_GETSOCK_MAXNUM))
        let bits = ares_getsock(channel, &sockets, Int32(sockets.count))
        for (index, socket) in zip(Int32(0)..., sockets) {
            let read = callbridge_ares_readable(bits, index) != 0
            let write = callbridge_ares_writable(bits, index) != 0
            guard read || write else { break }
            body(socket, read, write)
        }
    }

    /// When c-ares wants to be called again if no socket has anything; nil if never.
    var nextTimeout: Duration? {
        guard isOpen else { return nil }
        var buffer = timeval()
        guard ares_timeout(channel, nil, &buffer) != nil else { return nil }
        return .seconds(Int64(buffer.tv_sec)) + .microseconds(Int64(buffer.tv_usec))
    }

    /// Reads and writes where the sockets are ready (nil: no such socket) and does what is due by time.
    func process(readable: Int32? = nil, writable: Int32? = nil) {
        guard isOpen else { return }
        ares_process_fd(channel, readable ?? ARES_SOCKET_BAD, writable ?? ARES_SOCKET_BAD)
    }

    /// Ends the question: a callback that has not come comes now, the sockets are closed. Idempotent.
    func close() {
        guard isOpen else { return }
        isOpen = false
        ares_destroy(channel)
    }

    /// `ares_library_init` is not thread-safe; the first use of a static is.
    private static let libraryStatus = ares_library_init(ARES_LIB_INIT_ALL)

    private static func open(_ options: Options) throws(AresChannelError) -> ares_channel {
        var raw = ares_options()
        // NOSEARCH and NOALIASES: names are complete, $HOSTALIASES and search lists do not count. NOCHECKRESP: c-ares
        // would otherwise swallow SERVFAIL, NOTIMP and REFUSED and report "connection refused"; the next server is
        // asked by ActiveLookUp.
        raw.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP
        raw.timeout = options.firstTry.wholeMilliseconds
        raw.tries = options.rounds
        raw.ndots = 0
        raw.ndomains = 0
        raw.nsort = 0
        raw.nservers = 0
        var mask =
            ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_DOMAINS
            | ARES_OPT_SORTLIST | ARES_OPT_LOOKUPS | ARES_OPT_NOROTATE
        // With everything given c-ares does not read resolv.conf; no servers here, they are set below with their ports.
        if !options.servers.isEmpty { mask |= ARES_OPT_SERVERS }
        var channel: ares_channel?
        let status = (options.hostsFileOnly ? "f" : "fb").withCString { lookUps in
            // c-ares copies the string and does not write to it.
            raw.lookups = UnsafeMutablePointer(mutating: lookUps)
            return ares_init_options(&channel, &raw, mask)
        }
        guard status == ARES_SUCCESS, let channel else {
            throw AresChannelError(status: AresStatus(code: status))
        }
        if !options.servers.isEmpty {
            let list = options.servers.map(\.description).joined(separator: ",")
            let status = ares_set_servers_ports_csv(channel, list)
            guard status == ARES_SUCCESS else {
                ares_destroy(channel)
                throw AresChannelError(status: AresStatus(code: status))
            }
        }
        return channel
    }
}

/// c-ares refused to make a channel.
struct AresChannelError: Error {
    /// Why.
    let status: AresStatus
}

extension Duration {
    /// The duration in milliseconds as C takes them: rounded up, so that nothing wakes too early; 0…`Int32.max`.
    var wholeMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? 0 : .max }
        let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: max(0, milliseconds.addingReportingOverflow(part).partialValue))
    }
}
