internal import GRDB

/// The rows of the API's users.
enum UserRow {
    static func count(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM apiUser") ?? 0
    }

    static func insert(name: String, role: Role, hash: String, in database: Database) throws {
        try database.execute(
            sql: "INSERT INTO apiUser (name, role, passwordHash) VALUES (?, ?, ?)",
            arguments: [name, role.rawValue, hash])
    }

    /// The user of that name; nil too where the row can't be understood, so that it lets nobody in.
    static func find(_ name: String, in database: Database) throws -> (user: User, hash: PasswordHash)? {
        let row = try Row.fetchOne(
            database, sql: "SELECT role, passwordHash FROM apiUser WHERE name = ?", arguments: [name])
        guard let row, let role = Role(rawValue: row["role"]), let hash = PasswordHash(row["passwordHash"]) else {
            return nil
        }
        return (User(name: name, role: role), hash)
    }
}
