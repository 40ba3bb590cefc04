internal import Foundation
internal import GRDB
internal import Glibc

extension Store {
    /// Writes a copy of the database at `path` to `target`, also while a server writes to it: one file of mode 0600
    /// without a log beside it, complete and on disk when this returns.
    ///
    /// It holds what was stored at one moment, with secrets and hashes. What was replaced before is in no page of it.
    /// - Parameters:
    ///   - path: the database.
    ///   - target: where no file is yet: no backup takes the place of another by accident.
    /// - Throws: ``StoreError``: one of both files can't be read or written, or there is something at `target`.
    public static func backUp(_ path: String, to target: String) throws(StoreError) {
        try openFile(at: path, mayCreate: false)
        if access(target, F_OK) == 0 { throw StoreError("There is a file \(target) already.") }
        do {
            try inspect(path)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("The database \(path) can't be read: \(StoreError.words(for: error)).")
        }
        do {
            let file = try makeFile(beside: target)
            // Also the journal of a copy that was cut short; the file itself has another name by then.
            defer { for file in [file, file + "-journal"] { unlink(file) } }
            try copy(path, to: file)
            try synchronize(file)
            guard rename(file, target) == 0 else { throw StoreError(SystemError.text(errno)) }
            try synchronize((target as NSString).deletingLastPathComponent)
        } catch {
            throw StoreError("The backup \(target) can't be made: \(StoreError.words(for: error)).")
        }
    }

    /// Makes an empty file that nobody else can read, with a name of its own.
    private static func makeFile(beside target: String) throws(StoreError) -> String {
        let folder = (target as NSString).deletingLastPathComponent
        let name = ".\((target as NSString).lastPathComponent).\(UUID().uuidString)"
        let path = (folder as NSString).appendingPathComponent(name)
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(SystemError.text(errno)) }
        close(descriptor)
        return path
    }

    private static func copy(_ path: String, to target: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let source = try DatabaseQueue(path: path, configuration: configuration)
        let copy = try DatabaseQueue(path: target)
        try source.backup(to: copy)
        let words = try copy.writeWithoutTransaction { database in
            // The copy of a database with a log says that it has one, too.
            _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
            return try damage(in: database)
        }
        try copy.close()
        try source.close()
        if let words { throw StoreError("the copy is damaged: \(words)") }
    }

    /// Waits until a file, or the names in a folder, are on disk.
    private static func synchronize(_ path: String) throws(StoreError) {
        let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(SystemError.text(errno)) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError(SystemError.text(errno)) }
    }
}
