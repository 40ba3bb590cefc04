internal import CMicroHTTPD
internal import Glibc

/// The epoll set and the wake-up of a server's own thread.
///
/// epoll and eventfd may be used from any thread; the descriptors never change.
final class HTTPServerPoll: Sendable {
    /// The token of the wake-up, which `wait` keeps to itself.
    private static let wakeToken: UInt64 = .max
    private let epoll: Int32
    private let event: Int32

    /// - Throws: `HTTPServerError` with the code `.cannotStart`.
    init() throws {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else {
            throw HTTPServerError(.cannotStart, "Cannot make an epoll set: \(SystemError.text(errno))")
        }
        event = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard event >= 0 else {
            let reason = SystemError.text(errno)
            close(epoll)
            throw HTTPServerError(.cannotStart, "Cannot make an event descriptor: \(reason)")
        }
        watch(event, token: Self.wakeToken)
    }

    deinit {
        close(event)
        close(epoll)
    }

    /// Watches whether a descriptor is readable, for as long as it is. Tokens are below `UInt64.max`.
    func watch(_ descriptor: Int32, token: UInt64) {
        var change = epoll_event()
        change.events = EPOLLIN.rawValue
        change.data.u64 = token
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &change)
    }

    /// Watches whether the other end closes its side or the connection breaks, once; the descriptor may be in the set
    /// already, and the token is the one that counts from now on.
    ///
    /// It need not be taken back: one that is reported under a token that nobody knows any more means nothing, and a closed
    /// descriptor leaves the set by itself.
    func watchHangUp(_ descriptor: Int32, token: UInt64) {
        var change = epoll_event()
        change.events = EPOLLRDHUP.rawValue | EPOLLONESHOT.rawValue
        change.data.u64 = token
        if epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &change) != 0 {
            epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &change)
        }
    }

    /// Stops watching a descriptor.
    func remove(_ descriptor: Int32) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Ends the current or the next `wait`.
    func wake() { eventfd_write(event, 1) }

    /// Waits for events, a wake-up, or the time to pass.
    /// - Parameter milliseconds: -1 waits without limit.
    /// - Returns: The tokens of what happened.
    func wait(milliseconds: Int32) -> [UInt64] {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { events in
            let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)
            return events.prefix(Int(max(count, 0))).compactMap { happened in
                guard happened.data.u64 == Self.wakeToken else { return happened.data.u64 }
                var value: eventfd_t = 0
                eventfd_read(event, &value)
                return nil
            }
        }
    }
}
