internal import Foundation
internal import GRDB
internal import Glibc

extension Store {
    /// SQLite gives its journal the mode of the database file, so the file has to be there first.
    static func openFile(at path: String, mayCreate: Bool) throws(StoreError) {
        let descriptor = open(path, (mayCreate ? O_CREAT : 0) | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            guard mayCreate || errno != ENOENT else { throw StoreError("There is no database \(path).") }
            throw StoreError("The database \(path) can't be opened: \(SystemError.text(errno)).")
        }
        close(descriptor)
    }

    /// Opens the database, which sets the mode of its journal.
    ///
    /// SQLite reads before it changes the mode, and does not wait for a writer's lock once it has read: where another is making
    /// the same database it gives up at once. So it is tried again here, for as long as any lock is waited for.
    static func queue(at path: String, _ configuration: Configuration) throws -> DatabaseQueue {
        let end = MonotonicClock.nanoseconds + LockPatience.limit
        while true {
            do {
                return try DatabaseQueue(path: path, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                guard MonotonicClock.nanoseconds < end else { throw error }
                usleep(UInt32.random(in: 1000...20_000))
            }
        }
    }

    /// Looks at the database before anything is written: setting a journal mode alone changes the file.
    ///
    /// The whole file is read, indexes included: 90 ms for 50,000 users and 40,000 events, 26 MB.
    /// - Throws: ``StoreError`` where a newer version has written it, or where it is damaged; SQLite's errors.
    static func inspect(_ path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        // A log that a crash has left goes into the file when its last connection ends, unless that can only read. Without
        // a log a connection that can only read would leave the files behind that it has to make.
        configuration.readonly = FileManager.default.fileExists(atPath: path + "-wal")
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            let (isNewer, words) = try database.read { database in
                (try Schema.isNewer(in: database), try damage(in: database))
            }
            try database.close()
            if isNewer { throw StoreError("The database \(path) was written by a newer version of this program.") }
            if let words { throw StoreError.damaged(path, words) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            throw StoreError.damaged(path, StoreError.words(for: error))
        }
    }

    /// What is wrong with a database, in SQLite's words, which tell no values; nil where it is sound.
    static func damage(in database: Database) throws -> String? {
        let words = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") ?? ""
        if words == "ok" { return nil }
        // There may be a line before, which says only which database it is about.
        let line = words.split(separator: "\n").last { !$0.hasPrefix("***") }
        return line.map { String($0) } ?? "no answer"
    }
}
