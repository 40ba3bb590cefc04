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

    /// Whether settings can be read and stored: the file is the one that was opened, a read succeeds, and so does taking
    /// the lock of a writer.
    ///
    /// Nothing is written, so that it can be asked often; only after a write that has failed (a full disk) does it write
    /// for real, until that succeeds.
    /// - Parameter completion: called on the database's queue, behind the changes that were asked for before.
    func checkUsability(completion: @escaping @Sendable (Bool) -> Void) {
        database.asyncWriteWithoutTransaction { [self] database in
            let mustWrite = writes.counts.hasFailed
            do {
                try database.inTransaction(.immediate) {
                    _ = try ConfigurationRow.read(database)
                    guard mustWrite else { return .rollback }
                    try database.execute(sql: "UPDATE instance SET hostID = hostID")
                    return .commit
                }
            } catch {
                return completion(false)
            }
            if mustWrite { writes.recovered() }
            // A file that was removed or replaced is written until the process ends, and lost then.
            completion(file != nil && FileIdentity(path: path) == file)
        }
    }
}
