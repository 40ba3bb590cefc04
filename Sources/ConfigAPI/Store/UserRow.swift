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

    /// The hash of some user, the same as long as the users are; nil where there is none, or none that is understood.
    static func anyHash(_ number: Int, in database: Database) throws -> PasswordHash? {
        let count = try count(in: database)
        guard count > 0 else { return nil }
        return try String.fetchOne(
            database, sql: "SELECT passwordHash FROM apiUser ORDER BY name LIMIT 1 OFFSET ?",
            arguments: [Int(UInt(bitPattern: number) % UInt(count))]
        ).flatMap(PasswordHash.init)
    }

    /// All users in the order of their names. A role of which this version knows nothing is an error.
    static func all(in database: Database) throws -> [User] {
        try Row.fetchAll(database, sql: "SELECT name, role FROM apiUser ORDER BY name").map { row in
            User(name: row["name"], role: try role(row["role"], of: row["name"]))
        }
    }

    /// The user's role; nil where there is no such user.
    static func role(of name: String, in database: Database) throws -> Role? {
        let word = try String.fetchOne(database, sql: "SELECT role FROM apiUser WHERE name = ?", arguments: [name])
        return try word.map { try role($0, of: name) }
    }

    /// How many users have a role.
    static func count(_ role: Role, in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM apiUser WHERE role = ?", arguments: [role.rawValue]) ?? 0
    }

    static func set(role: Role, of name: String, in database: Database) throws {
        try database.execute(sql: "UPDATE apiUser SET role = ? WHERE name = ?", arguments: [role.rawValue, name])
    }

    static func set(hash: String, of name: String, in database: Database) throws {
        try database.execute(sql: "UPDATE apiUser SET passwordHash = ? WHERE name = ?", arguments: [hash, name])
    }

    static func delete(_ name: String, in database: Database) throws {
        try database.execute(sql: "DELETE FROM apiUser WHERE name = ?", arguments: [name])
    }

    /// A number that grows with each change of the users, whoever makes it.
    static func version(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT version FROM apiUsers WHERE id = 1") ?? 0
    }

    private static func role(_ word: String, of name: String) throws -> Role {
        guard let role = Role(rawValue: word) else { throw StoreError("The user \(name) has an unknown role.") }
        return role
    }
}
