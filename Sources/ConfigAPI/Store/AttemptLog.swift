internal import BridgeEngine
internal import GRDB
internal import Logging
internal import NIOConcurrencyHelpers

/// The last attempts to connect: in memory for whoever asks, and in the database, so that they outlast the process.
///
/// An attempt is told at once and written soon after, together with what has come meanwhile. It is worth less than a
/// setting: the last ones may be missing after a crash, not after a stop.
final class AttemptLog: Sendable {
    /// An attempt with its number, which grows from attempt to attempt.
    struct Entry: Sendable, Equatable {
        let id: Int64
        let report: AttemptReport
    }

    /// How many attempts are kept.
    static let most = 100

    private struct State {
        /// The oldest first.
        var entries: [Entry]
        var lastID: Int64
        /// What is not in the database yet.
        var unwritten: [Entry] = []
        var isWriting = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let database: DatabaseQueue
    private let logger: Logger
    private let state: NIOLockedValueBox<State>

    /// Reads what is in the database.
    /// - Throws: ``StoreError``.
    init(_ store: Store, logger: Logger) throws(StoreError) {
        database = store.database
        self.logger = logger
        do {
            state = NIOLockedValueBox(
                try store.database.read { database in
                    State(
                        entries: try AttemptRow.all(in: database).suffix(Self.most),
                        lastID: try AttemptRow.lastID(in: database))
                })
        } catch {
            throw StoreError("The attempts in \(store.path) can't be read: \(StoreError.words(for: error)).")
        }
    }

    /// The attempts, the latest first.
    var entries: [Entry] { state.withLockedValue { $0.entries.reversed() } }

    /// The attempt of that number, if it is still kept.
    func entry(_ id: Int64) -> Entry? {
        state.withLockedValue { state in state.entries.last { $0.id == id } }
    }

    /// Adds an attempt; does not wait for the disk.
    func add(_ report: AttemptReport) {
        let starts = state.withLockedValue { state in
            state.lastID += 1
            let entry = Entry(id: state.lastID, report: report)
            state.entries = (state.entries + [entry]).suffix(Self.most)
            state.unwritten = (state.unwritten + [entry]).suffix(Self.most)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if starts { write() }
    }

    /// Returns once nothing is left to be written.
    func flush() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLockedValue { state in
                if state.isWriting { state.waiters.append(continuation) }
                return !state.isWriting
            }
            if isDone { continuation.resume() }
        }
    }

    /// Writes what is not written, in one transaction, until there is nothing more.
    private func write() {
        let (entries, waiters) = state.withLockedValue { state in
            defer { state.unwritten = [] }
            guard state.unwritten.isEmpty else { return (state.unwritten, [CheckedContinuation<Void, Never>]()) }
            state.isWriting = false
            defer { state.waiters = [] }
            return ([], state.waiters)
        }
        for waiter in waiters { waiter.resume() }
        if entries.isEmpty { return }
        database.asyncWrite {
            try AttemptRow.add(entries, keeping: Self.most, in: $0)
        } completion: { [self] _, result in
            if case .failure(let error) = result {
                logger.warning(
                    "attempts could not be stored", metadata: [LogKey.error: "\(StoreError.words(for: error))"])
            }
            write()
        }
    }
}
