import BridgeEngine
import Foundation
import GRDB
import TestSupport
import Testing

@testable import ConfigAPI

/// Databases that are damaged are not opened, and stay as they are.
@Suite struct StoreDamageTests {
    private let directory: ScratchDirectory
    private let path: String

    init() async throws {
        directory = try ScratchDirectory()
        path = directory.file("store.sqlite")
        let store = try Store(path: path)
        _ = await store.set { $0.uniqueName = .set("cb1") }
        try store.addUser("bob", role: .admin, password: Secret("pw"))
        // More than one page.
        try await store.database.write { database in
            for number in 0..<500 {
                var event = Event(.connectionFailed)
                event.outage = "\(number)"
                (event.revision, event.step, event.reason) = (1, "tcpConnect", "refused")
                try EventRow.add(event, in: database)
            }
        }
    }

    private func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    /// Where a page begins, counted from 1, and how large each is.
    private func page(of name: String) throws -> (offset: Int, size: Int) {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { database in
            let size = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            let number = try Int.fetchOne(
                database, sql: "SELECT rootpage FROM sqlite_master WHERE name = ?", arguments: [name])
            return ((try #require(number) - 1) * size, size)
        }
    }

    private func expectRefusal(_ words: String) throws {
        let before = try bytes()
        let error = try #require(throws: StoreError.self) { try Store(path: path) }
        #expect(error.description.hasPrefix("The database \(path) is damaged: "))
        #expect(error.description.contains(words), "\(error)")
        #expect(error.description.hasSuffix(". Nothing was changed; put a backup in its place."))
        for secret in ["cb1", "bob", "scrypt"] { #expect(!error.description.contains(secret)) }
        let target = directory.file("backup.sqlite")
        let backup = try #require(throws: StoreError.self) { try Store.backUp(path, to: target) }
        #expect(backup.description == error.description)
        #expect(throws: StoreError.self) { try Store.settings(at: path) }
        #expect(try bytes() == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["store.sqlite"])
    }

    @Test(arguments: ["event", "eventRepeat", "apiUser", "configuration", "grdb_migrations"])
    func `a page of zeros is damage`(name: String) throws {
        let (offset, size) = try page(of: name)
        var bytes = try bytes()
        bytes.replaceSubrange(offset..<offset + size, with: Data(count: size))
        try bytes.write(to: URL(fileURLWithPath: path))
        try expectRefusal(name == "grdb_migrations" ? "malformed" : "btreeInitPage")
    }

    /// What a look at the tables alone does not find.
    @Test func `an index that does not fit its table is damage`() throws {
        func schema(_ change: String) throws {
            try Store.execute("PRAGMA writable_schema = ON; \(change)", in: path)
        }
        try schema("CREATE TABLE saved AS SELECT * FROM sqlite_master WHERE name = 'eventRepeat'")
        try schema("DELETE FROM sqlite_master WHERE name = 'eventRepeat'")
        try Store.execute("DELETE FROM event WHERE outage = '7'", in: path)
        try schema("INSERT INTO sqlite_master SELECT * FROM saved")
        try expectRefusal("wrong # of entries in index eventRepeat")
    }

    @Test func `a file that ends too early is damage`() throws {
        let bytes = try bytes()
        try bytes.prefix(bytes.count - 3 * 4096).write(to: URL(fileURLWithPath: path))
        try expectRefusal("malformed")
    }
}
