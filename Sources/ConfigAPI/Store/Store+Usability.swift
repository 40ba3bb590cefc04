internal import GRDB
internal import Glibc

extension Store {
    /// A file on a file system, whatever its name.
    struct FileIdentity: Sendable, Equatable {
        private let device: dev_t
        private let node: ino_t

        /// The file that has the name now; nil where there is none.
        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = status.st_dev
            node = status.st_ino
        }
    }

    /// The database's file and its log, which stay the same ones for as long as they are open.
    struct FileIdentities: Sendable, Equatable {
        private let database: FileIdentity?
        private let log: FileIdentity?

        /// The files that have the names now.
        init(path: String) {
            database = FileIdentity(path: path)
            log = FileIdentity(path: path + "-wal")
        }
    }

    /// A file that was removed or replaced is written until the process ends, and lost then: nobody must be told that
    /// something is stored there. To be called in each transaction that makes a change.
    /// - Throws: ``StoreError``.
    func requireFiles() throws(StoreError) {
        guard FileIdentities(path: path) == files else {
            throw StoreError("The database \(path) or its log was removed or replaced.")
        }
    }

    /// Whether settings can be read and stored: the files are those that were opened, a read succeeds, and so does taking
    /// the lock of a writer.
    ///
    /// Nothing is written, so that it can be asked often; only after a write that has failed (a full disk) does it write
    /// for real, until that succeeds.
    /// - Parameter completion: called on the database's queue, behind the changes that were asked for before.
    func checkUsability(completion: @escaping @Sendable (Bool) -> Void) {
        database.asyncWriteWithoutTransaction { [self] database in
            let mustWrite = writes.counts.hasFailed
            do {
                try requireFiles()
                try database.inTransaction(.immediate) {
                    _ = try ConfigurationRow.read(database)
                    guard mustWrite else { return .rollback }
                    try Self.writeTheSame(in: database)
                    return .commit
                }
            } catch {
                return completion(false)
            }
            if mustWrite { writes.recovered() }
            completion(true)
        }
    }

    /// Takes back a change that has failed. Where the log could not be synced it stands there whole, and after a kill the
    /// next start would find it; so something else takes its place.
    /// - Parameter database: behind the change, before anybody is told.
    func takeBack(after error: any Error, in database: Database) {
        guard let error = error as? DatabaseError, error.resultCode == .SQLITE_IOERR else { return }
        try? database.inTransaction(.immediate) {
            try Self.writeTheSame(in: database)
            return .commit
        }
    }

    /// Writes for real, and changes nothing. It takes two statements: SQLite does not write a value that is there already.
    private static func writeTheSame(in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE instance SET hostID = hostID || '.';
                UPDATE instance SET hostID = substr(hostID, 1, length(hostID) - 1);
                """)
    }
}
