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

    @Test func `attempts are numbered, the latest comes first, and they outlast the process`() async throws {
        do {
            let store = try Store(path: path)
            let log = try AttemptLog(store, logger: logger)
            #expect(log.entries.isEmpty)
            for revision in 1...3 { log.add(.sample(revision: revision)) }
            #expect(log.entries.map(\.id) == [3, 2, 1])
            #expect(log.entry(2)?.report == .sample(revision: 2))
            #expect(log.entry(4) == nil)
            await log.flush()
        }
        let store = try Store(path: path)
        let log = try AttemptLog(store, logger: logger)
        #expect(log.entries.map(\.report) == [3, 2, 1].map { .sample(revision: $0) })
        log.add(.sample(revision: 4))
        #expect(log.entries.first?.id == 4)
    }

    @Test func `a hundred are kept, in memory and on disk`() async throws {
        let store = try Store(path: path)
        let log = try AttemptLog(store, logger: logger)
        for revision in 1...250 { log.add(.sample(revision: revision)) }
        #expect(log.entries.map(\.id) == Array((151...250).reversed()))
        await log.flush()
        let rows = try await store.database.read { try AttemptRow.all(in: $0) }
        #expect(rows.map(\.id) == Array(151...250))
        #expect(try AttemptLog(store, logger: logger).entries == log.entries)
    }

    @Test func `a report of another version is passed over, and its number is not given again`() async throws {
        let store = try Store(path: path)
        try await store.database.write { database in
            try database.execute(sql: "INSERT INTO attempt (id, report) VALUES (7, '{\"other\":1}')")
        }
        let log = try AttemptLog(store, logger: logger)
        #expect(log.entries.isEmpty)
        log.add(.sample)
        #expect(log.entries.map(\.id) == [8])
        await log.flush()
    }

    @Test func `a database that can't be written costs the attempt nothing but its place there`() async throws {
        let store = try Store(path: path)
        let log = try AttemptLog(store, logger: logger)
        try await store.database.write { try $0.execute(sql: "DROP TABLE attempt") }
        log.add(.sample(revision: 1))
        await log.flush()
        try await store.database.write { database in
            try database.execute(sql: "CREATE TABLE attempt (id INTEGER PRIMARY KEY, report TEXT NOT NULL)")
        }
        log.add(.sample(revision: 2))
        await log.flush()
        #expect(log.entries.map(\.id) == [2, 1])
        let rows = try await store.database.read { try AttemptRow.all(in: $0) }
        #expect(rows.map(\.id) == [2])
    }
}
