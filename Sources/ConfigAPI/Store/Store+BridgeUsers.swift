internal import GRDB

extension Store {
    func bridgeUser(_ jid: UserJID) throws -> (user: BridgeUser, hash: PasswordHash)? {
        try database.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM bridgeUser WHERE userJid = ?", arguments: [jid.description])
                .flatMap { row in
                    PasswordHash(row["passwordHash"]).map {
                        (BridgeUser(id: row["id"], userJid: row["userJid"], name: row["name"]), $0)
                    }
                }
        }
    }
    func bridgeDecoy(for name: String) throws -> PasswordHash? {
        try database.read { database in
            try String.fetchOne(database, sql: "SELECT passwordHash FROM bridgeUser LIMIT 1").flatMap(PasswordHash.init)
        }
    }
    func hasBridgeUser(_ jid: UserJID) async throws -> Bool {
        let jid = jid.description
        return try await database.read { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM bridgeUser WHERE userJid = ?)", arguments: [jid]) ?? false
        }
    }
}
