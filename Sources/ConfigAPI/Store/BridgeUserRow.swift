internal import GRDB

/// The rows of the Call Bridge's users. There may be tens of thousands: only ``all(in:)`` and a filter read each of them.
enum BridgeUserRow {
    /// What a user is found by.
    enum Key: Sendable {
        case id(String)
        case userJid(UserJID)

        fileprivate var condition: String {
            switch self {
            case .id: "id = ?"
            case .userJid: "userJid = ?"
            }
        }

        var value: String {
            switch self {
            case .id(let id): id
            case .userJid(let jid): jid.description
            }
        }
    }

    /// The user, if there is one.
    static func find(_ key: Key, in database: Database) throws -> BridgeUser? {
        try Row.fetchOne(
            database, sql: "SELECT id, userJid, name FROM bridgeUser WHERE \(key.condition)", arguments: [key.value]
        ).map(user)
    }

    /// The user with the hash; nil too where the hash can't be understood, so that it lets nobody in.
    static func login(_ jid: UserJID, in database: Database) throws -> (user: BridgeUser, hash: PasswordHash)? {
        let row = try Row.fetchOne(
            database, sql: "SELECT * FROM bridgeUser WHERE userJid = ?", arguments: [jid.description])
        guard let row, let hash = PasswordHash(row["passwordHash"]) else { return nil }
        return (user(row), hash)
    }

    /// The hash of the first user whose id is not before `id`, or of the first of all; nil where there is none, or none
    /// that is understood.
    static func hash(near id: String, in database: Database) throws -> PasswordHash? {
        func first(_ condition: String, _ arguments: StatementArguments) throws -> String? {
            try String.fetchOne(
                database, sql: "SELECT passwordHash FROM bridgeUser WHERE \(condition) ORDER BY id LIMIT 1",
                arguments: arguments)
        }
        return try (first("id >= ?", [id]) ?? first("TRUE", [])).flatMap(PasswordHash.init)
    }

    /// Adds a user.
    static func insert(_ user: BridgeUser, hash: PasswordHash, in database: Database) throws {
        try database.execute(
            sql: "INSERT INTO bridgeUser (id, userJid, name, foldedName, passwordHash) VALUES (?, ?, ?, ?, ?)",
            arguments: [user.id, user.userJid, user.name, user.name.folded, hash.stored])
    }

    /// Replaces what a user has, the hash only where there is a new one.
    static func update(_ user: BridgeUser, hash: PasswordHash?, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE bridgeUser SET userJid = ?, name = ?, foldedName = ?, passwordHash = COALESCE(?, passwordHash)
                WHERE id = ?
                """, arguments: [user.userJid, user.name, user.name.folded, hash?.stored, user.id])
    }

    /// Removes a user.
    static func delete(_ user: BridgeUser, in database: Database) throws {
        try database.execute(sql: "DELETE FROM bridgeUser WHERE id = ?", arguments: [user.id])
    }

    /// All users in the order of their JIDs.
    static func all(in database: Database) throws -> [BridgeUser] {
        try Row.fetchAll(database, sql: "SELECT id, userJid, name FROM bridgeUser ORDER BY userJid").map(user)
    }

    /// How many users have a text in their JID or their name, and a page of them in the order of their JIDs.
    /// - Parameter filter: empty: all users. Case does not count.
    static func page(
        _ page: Page, filter: String, in database: Database
    ) throws -> (total: Int, users: [BridgeUser]) {
        let filter = filter.folded
        // Not LIKE, to which some characters would mean something.
        let rest = "FROM bridgeUser WHERE ?1 = '' OR instr(userJid, ?1) OR instr(foldedName, ?1)"
        let total = try Int.fetchOne(database, sql: "SELECT COUNT(*) \(rest)", arguments: [filter]) ?? 0
        let rows = try Row.fetchAll(
            database, sql: "SELECT id, userJid, name \(rest) ORDER BY userJid LIMIT ?2 OFFSET ?3",
            arguments: [filter, page.limit, page.offset])
        return (total, rows.map(user))
    }

    /// Grows with each change of the users that concerns who may log in: not with new users, nor with names for people.
    static func version(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT version FROM bridgeUsers WHERE id = 1") ?? 0
    }

    /// To be called in the transaction of each such change.
    static func growVersion(in database: Database) throws {
        try database.execute(sql: "UPDATE bridgeUsers SET version = version + 1 WHERE id = 1")
    }

    private static func user(_ row: Row) -> BridgeUser {
        BridgeUser(id: row["id"], userJid: row["userJid"], name: row["name"])
    }
}
