internal import BridgeEngine
internal import Foundation
internal import GRDB

/// The rows of the attempts to connect: a number and the report as JSON.
enum AttemptRow {
    /// All attempts, the oldest first. A report that this version can't read is passed over.
    static func all(in database: Database) throws -> [AttemptLog.Entry] {
        let decoder = JSONDecoder()
        return try Row.fetchAll(database, sql: "SELECT id, report FROM attempt ORDER BY id").compactMap { row in
            let text: String = row["report"]
            let report = try? decoder.decode(AttemptReport.self, from: Data(text.utf8))
            return report.map { AttemptLog.Entry(id: row["id"], report: $0) }
        }
    }

    /// The number of the latest attempt, also of one that can't be read; 0 where there is none.
    static func lastID(in database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT MAX(id) FROM attempt") ?? 0
    }

    /// Adds attempts and removes those that are too old.
    static func add(_ entries: [AttemptLog.Entry], keeping most: Int, in database: Database) throws {
        let encoder = JSONEncoder()
        for entry in entries {
            let report = String(decoding: try encoder.encode(entry.report), as: UTF8.self)
            try database.execute(
                sql: "INSERT INTO attempt (id, report) VALUES (?, ?)", arguments: [entry.id, report])
        }
        try database.execute(
            sql: "DELETE FROM attempt WHERE id <= (SELECT MAX(id) FROM attempt) - ?", arguments: [most])
    }
}
