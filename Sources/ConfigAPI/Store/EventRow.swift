internal import BridgeEngine
internal import GRDB

/// The rows of the events.
enum EventRow {
    /// How many events about the connection are kept, as many wishes for a new connection, as many changes of the Call
    /// Bridge's users, and as many other changes: neither a connection that comes and goes, nor who asks for one again and
    /// again, nor thousands of new users can push out who changed what.
    static let most = 10_000
    /// After so many new rows the oldest are removed.
    private static let trimInterval: Int64 = 100

    /// Adds an event; one with the key of an earlier one is counted there.
    static func add(_ event: Event, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO event (at, type, user, address, name, fields, revision, jid, server, step, reason, detail,
                    count, lastAt, outage)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (outage, revision, step, reason) WHERE outage IS NOT NULL DO UPDATE SET
                    count = count + excluded.count, lastAt = COALESCE(excluded.lastAt, excluded.at),
                    detail = excluded.detail
                """,
            arguments: [
                event.at.milliseconds, event.kind.rawValue, event.requester?.user, event.requester?.address, event.name,
                event.fields.isEmpty ? nil : event.fields.joined(separator: ","), event.revision, event.jid,
                event.server, event.step, event.reason, event.detail, event.count, event.lastAt?.milliseconds,
                event.outage,
            ])
        if database.lastInsertedRowID % trimInterval == 0 { try trim(keeping: most, in: database) }
    }

    /// Removes the oldest of each sort.
    static func trim(keeping most: Int, in database: Database) throws {
        func words(_ kinds: [Event.Kind]) -> String { kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ") }
        let sorts = [
            words(Event.Kind.allCases.filter(\.isOfConnection)), words([.reconnectRequested]),
            words(Event.Kind.allCases.filter(\.isOfBridgeUsers)),
        ]
        for sort in sorts.map({ "IN (\($0))" }) + ["NOT IN (\(sorts.joined(separator: ", ")))"] {
            try database.execute(
                sql: """
                    DELETE FROM event WHERE type \(sort) AND id <=
                        (SELECT id FROM event WHERE type \(sort) ORDER BY id DESC LIMIT 1 OFFSET ?)
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
        return event
    }
}
