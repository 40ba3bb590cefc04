internal import BridgeEngine
internal import GRDB
internal import Logging
internal import NIOConcurrencyHelpers

/// The log of events, in the database: what somebody changed, what became of the connection, and who logged in.
///
/// A change is written by the transaction that makes it, so that there is none without its event. What the bridge tells
/// is written soon after; the last of it may be missing after a crash, not after a stop. An attempt that fails as others
/// of the same outage did is counted with them: a bridge that can't connect for a month leaves one event, and one write
/// every ten minutes. Logins are ``LoginLog``'s.
final class EventLog: Sendable {
    /// An event with its number, which grows from event to event.
    struct Entry: Sendable, Equatable {
        let id: Int64
        let event: Event
    }

    /// How long a count may be behind in the database.
    static let countInterval = Duration.seconds(600)
    /// How many events may wait for a database that does not answer.
    private static let mostWaiting = 1000

    private struct State {
        var connection = ConnectionEvents()
        /// What is not in the database yet.
        var waiting: [Event] = []
        /// Whether a write is on its way that will take all of that.
        var isWriting = false
        /// The failures of this outage and revision that have an event.
        var counted: Set<Event.RepeatKey> = []
        /// When counts are to be written next.
        var nextCount = Timestamp(milliseconds: 0)
    }

    private let database: DatabaseQueue
    private let logger: Logger
    private let logins: LoginLog
    private let state: NIOLockedValueBox<State> = .init(State())

    /// - Parameter logins: writes the logins; default: one of its own.
    init(_ store: Store, logger: Logger, logins: LoginLog? = nil) {
        database = store.database
        self.logger = logger
        self.logins = logins ?? LoginLog(store.database, logger: logger)
    }

    /// Adds a login that has been decided; does not wait for the disk.
    /// - Parameter requester: who has asked over the API; nil: the XMPP server has.
    func note(_ report: LoginReport, askedBy requester: Requester?) {
        logins.note(report, askedBy: requester)
    }

    /// Adds what a status tells; does not wait for the disk. To be called with each, in their order.
    func note(_ status: BridgeStatus) {
        let events = state.withLockedValue { $0.connection.events(in: status, at: .now()) }
        for event in events { add(event) }
    }

    /// Adds, and tells the log, that somebody has asked for a new connection; does not wait for the disk.
    func noteReconnect(by requester: Requester, revision: Int) {
        logger.notice("\(AuditLine.requestedReconnect(by: requester))")
        var event = Event(.reconnectRequested)
        event.requester = requester
        event.revision = revision
        add(event)
    }

    /// Adds an event; does not wait for the disk.
    func add(_ event: Event) {
        let mustWrite = state.withLockedValue { state in
            let isRepeat = Self.isRepeat(event, &state)
            if isRepeat, let index = state.waiting.firstIndex(where: { $0.repeatKey == event.repeatKey }) {
                state.waiting[index].add(event)
            } else {
                state.waiting = (state.waiting + [event]).suffix(Self.mostWaiting)
            }
            if isRepeat, event.at < state.nextCount { return false }
            state.nextCount = event.at.advanced(by: Self.countInterval)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustWrite { write() }
    }

    /// Reads how many events there are and a page of them, the latest first; what was added before is among them.
    /// - Parameter completion: called on a thread of the database's.
    func read(_ page: Page, completion: @escaping @Sendable (Result<(total: Int, entries: [Entry]), any Error>) -> Void)
    {
        writeWaiting()
        database.asyncRead { database in
            completion(
                Result {
                    let database = try database.get()
                    return (try EventRow.count(in: database), try EventRow.page(page, in: database))
                })
        }
    }

    /// Returns once everything that was added is in the database, or could not be written.
    func flush() async {
        writeWaiting()
        await withCheckedContinuation { continuation in
            database.asyncWriteWithoutTransaction { _ in continuation.resume() }
        }
    }

    private func writeWaiting() {
        logins.writeWaiting()
        let mustWrite = state.withLockedValue { state in
            if state.waiting.isEmpty || state.isWriting { return false }
            state.isWriting = true
            return true
        }
        if mustWrite { write() }
    }

    /// Writes what waits by the time it is this write's turn: the database does one thing after the other, so whoever
    /// reads after that finds it.
    private func write() {
        let taken = NIOLockedValueBox<[Event]>([])
        database.asyncWrite { [state] database in
            let events = state.withLockedValue { state in
                defer { (state.waiting, state.isWriting) = ([], false) }
                return state.waiting
            }
            taken.withLockedValue { $0 = events }
            for event in events { try EventRow.add(event, in: database) }
        } completion: { [state, logger] _, result in
            guard case .failure(let error) = result else { return }
            state.withLockedValue { state in
                // A transaction that could not begin has not taken them.
                state.isWriting = false
                // They wait for the next event, or for somebody who reads.
                state.waiting = (taken.withLockedValue { $0 } + state.waiting).suffix(Self.mostWaiting)
            }
            logger.warning("events could not be stored", metadata: [LogKey.error: "\(StoreError.words(for: error))"])
        }
    }

    /// Whether an event is one more of those that are counted.
    private static func isRepeat(_ event: Event, _ state: inout State) -> Bool {
        guard let key = event.repeatKey else { return false }
        if let other = state.counted.first, other.outage != key.outage || other.revision != key.revision {
            state.counted = []
        }
        return !state.counted.insert(key).inserted
    }
}
