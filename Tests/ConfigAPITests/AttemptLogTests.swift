import GRDB
import Logging
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

@Suite struct AttemptLogTests {
    private let directory: ScratchDirectory
    private let path: String
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        directory = try ScratchDirectory()
        path = directory.path + "/store.sqlite"
    }

    /// Behind everything that was asked of the database so far, and what follows from it.
    private func settle(_ store: Store) throws {
        // A write starts the next one from its completion, on the same queue.
        for _ in 0..<3 { _ = try store.pragma("synchronous") }
    }

    @Test func `attempts are numbered, the latest comes first, and they outlast the process`() throws {
        do {
            let store = try Store(path: path)
            let log = try AttemptLog(store, logger: logger)
            #expect(log.entries.isEmpty)
            for revision in 1...3 { log.add(.sample(revision: revision)) }
            #expect(log.entries.map(\.id) == [3, 2, 1])
            #expect(log.entry(2)?.report == .sample(revision: 2))
            #expect(log.entry(4) == nil)
            try settle(store)
        }
        let store = try Store(path: path)
        let log = try AttemptLog(store, logger: logger)
        #expect(log.entries.map(\.report) == [3, 2, 1].map { .sample(revision: $0) })
        log.add(.sample(revision: 4))
        #expect(log.entries.first?.id == 4)
    }

    @Test func `a hundred are kept, in memory and on disk`() throws {
        let store = try Store(path: path)
        let log = try AttemptLog(store, logger: logger)
        for revision in 1...250 { log.add(.sample(revision: revision)) }
        #expect(log.entries.map(\.id) == Array((151...250).reversed()))
        try settle(store)
        let rows = try store.database.read { try AttemptRow.all(in: $0) }
        #expect(rows.map(\.id) == Array(151...250))
        #expect(try AttemptLog(store, logger: logger).entries == log.entries)
    }

    @Test func `a report of another version is passed over, and its number is not given again`() throws {
        let store = try Store(path: path)
        try store.database.write { database in
            try database.execute(sql: "INSERT INTO attempt (id, report) VALUES (7, '{\"other\":1}')")
        }
        let log = try AttemptLog(store, logger: logger)
        #expect(log.entries.isEmpty)
        log.add(.sample)
        #expect(log.entries.map(\.id) == [8])
        try settle(store)
    }

    @Test func `a database that can't be written costs the attempt nothing but its place there`() throws {
        let store = try Store(path: path)
        let log = try AttemptLog(store, logger: logger)
        try store.database.write { try $0.execute(sql: "DROP TABLE attempt") }
        log.add(.sample(revision: 1))
        try settle(store)
        try store.database.write { database in
            try database.execute(sql: "CREATE TABLE attempt (id INTEGER PRIMARY KEY, report TEXT NOT NULL)")
        }
        log.add(.sample(revision: 2))
        try settle(store)
        #expect(log.entries.map(\.id) == [2, 1])
        #expect(try store.database.read { try AttemptRow.all(in: $0) }.map(\.id) == [2])
    }
}
