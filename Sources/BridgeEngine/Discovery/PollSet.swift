internal import Glibc

/// The sockets that one turn of the resolver's thread waits for.
struct PollSet {
    private var entries: [pollfd] = []

    /// How many sockets there are; the next one's index.
    var count: Int { entries.count }

    /// Forgets all sockets, keeps the memory.
    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
    }

    /// Adds a socket.
    mutating func add(_ descriptor: Int32, read: Bool, write: Bool) {
        let events = (read ? POLLIN : 0) | (write ? POLLOUT : 0)
        entries.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
    }

    /// Waits until a socket is ready or `limit` has passed (nil: for ever).
    ///
    /// - Returns: 0, or the `errno` for which waiting is impossible. An interruption by a signal is a return without
    ///   anything ready.
    mutating func wait(atMost limit: Duration?) -> Int32 {
        let result = poll(&entries, nfds_t(entries.count), limit?.wholeMilliseconds ?? -1)
        guard result < 0 else { return 0 }
        let code = errno
        for index in entries.indices { entries[index].revents = 0 }
        return code == EINTR ? 0 : code
    }

    /// What the socket at `index` is ready for. An error or a hang-up counts as readable: reading reports it.
    func readiness(at index: Int) -> (descriptor: Int32, read: Bool, write: Bool) {
        let entry = entries[index]
        let events = Int32(entry.revents)
        return (
            entry.fd, read: events & (POLLIN | POLLERR | POLLHUP | POLLNVAL) != 0,
            write: events & POLLOUT != 0
        )
    }
}
