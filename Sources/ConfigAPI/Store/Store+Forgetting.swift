internal import Dispatch
internal import GRDB
internal import NIOConcurrencyHelpers

/// What was replaced, a secret or a hash, is in no file any more: SQLite overwrites it in its pages (`secure_delete`), and
/// the write-ahead log, which still holds the old pages, is emptied.
///
/// A reader may keep the log from being emptied, and so may a full disk. That is not waited for, as everybody else would wait
/// too; it is tried again every second, and at the next start.
extension Store {
    /// How it stands with the log.
    struct Forgetting: Sendable {
        var isToBeTriedAgain = false
        var isOver = false
    }

    /// How long it is until the log is tried again.
    private static let interval = DispatchTimeInterval.seconds(1)

    /// Empties the log before it returns, if nothing keeps it from being emptied.
    func forgetReplaced() {
        database.writeWithoutTransaction { emptyLog($0) }
    }

    /// Empties the log behind the changes that were asked for before.
    func forgetReplacedSoon() {
        database.asyncWriteWithoutTransaction { [weak self] in self?.emptyLog($0) }
    }

    /// Closes the database, which can't be used after that. Where nobody else has it open the log goes into the file, and
    /// the files beside it go.
    func closeConnections() {
        forgetting.withLockedValue { $0.isOver = true }
        try? lookUps.close()
        try? database.close()
    }

    private func emptyLog(_ database: Database) {
        if forgetting.withLockedValue({ $0.isOver }) { return }
        do {
            _ = try patience.hurried { try database.checkpoint(.truncate) }
        } catch {
            let isFirst = forgetting.withLockedValue { forgetting in
                defer { forgetting.isToBeTriedAgain = true }
                return !forgetting.isToBeTriedAgain
            }
            guard isFirst else { return }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.interval) { [weak self] in
                guard let self else { return }
                forgetting.withLockedValue { $0.isToBeTriedAgain = false }
                forgetReplacedSoon()
            }
        }
    }
}
