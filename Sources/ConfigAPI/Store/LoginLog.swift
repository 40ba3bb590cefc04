internal import BridgeEngine
internal import Dispatch
internal import GRDB
internal import Logging
internal import NIOConcurrencyHelpers

/// Writes the logins that have been decided as events, at most once a second, and besides when somebody reads the events.
///
/// The last second may be missing after a crash, and a count may be a minute behind; not after a stop.
final class LoginLog: Sendable {
    /// How often it writes at most.
    static let interval = DispatchTimeInterval.seconds(1)
    /// How long it waits after a write that has failed.
    static let pause = Duration.seconds(60)

    private struct State {
        var logins = LoginEvents()
        /// Whether a write is on its way that has not taken its rows yet.
        var isWriting = false
        /// Whether that is for somebody who looks.
        var isForReader = false
        var isTicking = false
        /// Until when it does not write by itself.
        var pauseEnd: ContinuousClock.Instant?
    }

    private let database: DatabaseQueue
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let later: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let state: NIOLockedValueBox<State> = .init(State())

    /// - Parameters:
    ///   - now: the time.
    ///   - later: calls what it is given after ``interval``.
    init(
        _ database: DatabaseQueue, logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        later: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { body in
            DispatchQueue.global().asyncAfter(deadline: .now() + interval) { body() }
        }
    ) {
        self.database = database
        self.logger = logger
        self.now = now
        self.later = later
    }

    /// How many events are kept in memory.
    var count: Int { state.withLockedValue { $0.logins.count } }

    /// Adds a login; does not wait for the disk.
    /// - Parameter requester: who has asked over the API; nil: the XMPP server has.
    func note(_ report: LoginReport, askedBy requester: Requester?) {
        let (time, now) = (Timestamp.now(), now())
        let starts = state.withLockedValue { state in
            state.logins.note(report, askedBy: requester, at: time, now: now)
            defer { state.isTicking = true }
            return !state.isTicking
        }
        if starts { startTimer() }
    }

    /// Begins to write everything that was added; the database does one thing after the other, so whoever reads it after
    /// that finds it.
    func writeWaiting() {
        let mustWrite = state.withLockedValue { state in
            guard state.logins.hasDue(all: true) else { return false }
            state.isForReader = true
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustWrite { write() }
    }

    private func startTimer() {
        later { [weak self] in self?.tick() }
    }

    /// Writes what is due, and goes on for as long as there may be more.
    private func tick() {
        let now = now()
        let (mustWrite, goesOn) = state.withLockedValue { state in
            state.logins.close(at: now)
            state.isTicking = !state.logins.isEmpty
            let isPaused = state.pauseEnd.map { now < $0 } ?? false
            let mustWrite = !state.isWriting && !isPaused && state.logins.hasDue(all: false)
            if mustWrite { state.isWriting = true }
            return (mustWrite, state.isTicking)
        }
        if mustWrite { write() }
        if goesOn { startTimer() }
    }

    /// Writes what waits by the time it is this write's turn.
    private func write() {
        database.asyncWriteWithoutTransaction { [state, logger, now] database in
            let rows = state.withLockedValue { state in
                defer { (state.isWriting, state.isForReader) = (false, false) }
                return state.logins.due(all: state.isForReader)
            }
            if rows.isEmpty { return }
            do {
                var stored: [LoginEvents.Row] = []
                try database.inTransaction {
                    stored = try EventRow.write(rows, in: database)
                    return .commit
                }
                state.withLockedValue { state in
                    state.logins.stored(stored)
                    state.pauseEnd = nil
                }
            } catch {
                // They wait where they were.
                let pauseEnd = now() + Self.pause
                state.withLockedValue { $0.pauseEnd = pauseEnd }
                logger.warning(
                    "logins could not be stored as events", metadata: [LogKey.error: "\(StoreError.words(for: error))"])
            }
        }
    }
}
