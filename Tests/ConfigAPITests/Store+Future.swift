import GRDB

@testable import ConfigAPI

extension Store {
    /// Makes a database look as if a newer version had written it.
    static func addMigrationOfTheFuture(to path: String) throws {
        try execute("INSERT INTO grdb_migrations (identifier) VALUES ('999 future')", in: path)
    }

    /// Changes a database behind the store's back.
    static func execute(_ statement: String, in path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: statement) }
        try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try queue.close()
    }
}
