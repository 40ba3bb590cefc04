internal import BridgeEngine
internal import GRDB

/// The rows of the events.
enum EventRow {
    /// How many events of each sort are kept: neither a connection that comes and goes, nor who asks for one again and
    /// again, nor thousands of new users, nor who tries names can push out who changed what.
    static let most = 10_000
    /// After so many new rows the oldest are removed: it means a look at the whole table.
    static let trimInterval = 1000

    /// Adds an event; one with the key of an earlier one is counted there.
    static func add(_ event: Event, in database: Database) throws {
        try insert(event, in: database)
        if database.lastInsertedRowID % Int64(trimInterval) == 0 { try trim(keeping: most, in: database) }
    }

    /// Adds logins, and brings the counts of those up to date that have a row; what is too old goes once for all of them.
    /// - Returns: The same with the numbers of their rows.
    static func write(_ logins: [LoginEvents.Row], in database: Database) throws -> [LoginEvents.Row] {
        var mustTrim = false
        let rows = try logins.map { login in
            var login = login
            if let id = login.id {
                try database.cachedStatement(sql: "UPDATE event SET count = ?, lastAt = ? WHERE id = ?").execute(
                    arguments: [login.event.count, login.event.lastAt?.milliseconds, id])
            } else {
                try insert(login.event, in: database)
                login.id = database.lastInsertedRowID
                mustTrim = mustTrim || database.lastInsertedRowID % Int64(trimInterval) == 0
            }
            return login
        }
        if mustTrim { try trim(keeping: most, in: database) }
        return rows
    }

    private static func insert(_ event: Event, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO event (at, type, user, address, name, fields, revision, jid, server, step, reason, detail,
                    count, lastAt, outage, door)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (outage, revision, step, reason) WHERE outage IS NOT NULL DO UPDATE SET
                    count = count + excluded.count, lastAt = COALESCE(excluded.lastAt, excluded.at),
                    detail = excluded.detail
                """)
        try statement.execute(arguments: [
            event.at.milliseconds, event.kind.rawValue, event.requester?.user, event.requester?.address, event.name,
            event.fields.isEmpty ? nil : event.fields.joined(separator: ","), event.revision, event.jid,
            event.server, event.step, event.reason, event.detail, event.count, event.lastAt?.milliseconds,
            event.outage, event.door?.rawValue,
        ])
    }

    /// Removes the oldest of each sort.
    static func trim(keeping most: Int, in database: Database) throws {
        for sort in Event.Sort.allCases {
            // Among the changes is whatever this version doesn't know.
            let kinds = Event.Kind.allCases.filter { sort == .change ? $0.sort != sort : $0.sort == sort }
            let words = kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            let isOfSort = "type \(sort == .change ? "NOT IN" : "IN") (\(words))"
            try database.execute(
                sql: """
                    DELETE FROM event WHERE \(isOfSort) AND id <=
                        (SELECT id FROM event WHERE \(isOfSort) ORDER BY id DESC LIMIT 1 OFFSET ?)
                    """, arguments: [most])
        }
    }

    /// How many there are.
    static func count(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM event") ?? 0
    }

    /// A page of them, the latest first. One whose type this version doesn't know is passed over.
    static func page(_ page: Page, in database: Database) throws -> [EventLog.Entry] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM event ORDER BY id DESC LIMIT ? OFFSET ?",
            arguments: [page.limit, page.offset]
        ).compactMap { row in event(row).map { EventLog.Entry(id: row["id"], event: $0) } }
    }

    private static func event(_ row: Row) -> Event? {
        func time(_ column: String) -> Timestamp? { (row[column] as Int64?).map(Timestamp.init(milliseconds:)) }
        guard let kind = Event.Kind(rawValue: row["type"]), let at = time("at") else { return nil }
        var event = Event(kind, at: at)
        if let user = row["user"] as String?, let address = row["address"] as String? {
            event.requester = Requester(user: user, address: address)
        }
        event.name = row["name"]
        event.fields = (row["fields"] as String?)?.split(separator: ",").map(String.init) ?? []
        event.revision = row["revision"]
        event.jid = row["jid"]
        event.server = row["server"]
        event.step = row["step"]
        event.reason = row["reason"]
        event.detail = row["detail"]
        event.count = row["count"]
        event.lastAt = time("lastAt")
        event.outage = row["outage"]
        event.door = (row["door"] as String?).flatMap(LoginDoor.init(rawValue:))
        return event
    }
}
