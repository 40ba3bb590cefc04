import BridgeEngine
import Foundation
import GRDB
import Glibc
import TestSupport
import Testing

@testable import ConfigAPI

@Suite struct StoreTests {
    private let directory: ScratchDirectory
    private let path: String

    init() throws {
        directory = try ScratchDirectory()
        path = directory.path + "/store.sqlite"
    }

    /// Makes a change and waits for its outcome.
    private func change(_ store: Store, _ change: ConfigurationChange) async -> Store.Outcome {
        await withCheckedContinuation { continuation in
            store.change(change) { continuation.resume(returning: $0) }
        }
    }

    private func set(name: String) -> ConfigurationChange {
        var change = ConfigurationChange()
        change.uniqueName = .set(name)
        return change
    }

    @Test func `commits are synchronous, in WAL mode, and overwrite what they delete`() throws {
        let store = try Store(path: path)
        #expect(try store.pragma("synchronous") == "2")
        #expect(try store.pragma("journal_mode") == "wal")
        #expect(try store.pragma("secure_delete") == "1")
    }

    @Test func `a database that another is making, without a log yet, is waited for`() async throws {
        let other = try DatabaseQueue(path: path)
        let (path, isMaking) = (path, WatchedValue(false))
        let maker = Task {
            try await other.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    isMaking.update { $0 = true }
                    // However long that is: SQLite itself gives up at once. The test passes too if the store comes later.
                    usleep(200_000)
                    return .rollback
                }
            }
        }
        _ = try await isMaking.wait { $0 }
        let store = try Store(path: path)
        #expect(try store.pragma("journal_mode") == "wal")
        try await maker.value
    }

    @Test func `the files are readable for their owner alone`() async throws {
        let store = try Store(path: path)
        _ = await change(store, set(name: "cb1"))
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.path + "/" + file)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
        }
    }

    @Test func `a change is there after opening again`() async throws {
        var first: Store? = try Store(path: path)
        var change = set(name: "cb1")
        change.sharedSecret = .set(Secret("s3cret"))
        change.domain = .set("example.test")
        change.serverAddressOverride = .set("[::1]:5223")
        _ = await self.change(try #require(first), change)
        let before = first?.configuration
        first = nil
        let second = try Store(path: path)
        #expect(second.configuration == before)
        #expect(second.configuration.revision == 1)
        #expect(second.configuration.sharedSecret == Secret("s3cret"))
        #expect(second.configuration.bridgeSettings.serverAddressOverride?.port == 5223)
    }

    @Test func `a change that changes nothing has no revision of its own`() async throws {
        let store = try Store(path: path)
        _ = await change(store, set(name: "cb1"))
        guard case .stored(let again, let changed) = await change(store, set(name: "cb1")) else {
            Issue.record("not stored")
            return
        }
        #expect(again.revision == 1)
        #expect(changed.isEmpty)
    }

    @Test func `changes that can't stand together change nothing`() async throws {
        let store = try Store(path: path)
        var long = set(name: "cb1")
        long.domain = .set(Array(repeating: String(repeating: "d", count: 60), count: 4).joined(separator: "."))
        _ = await change(store, long)
        let before = store.configuration
        guard case .refused(let errors) = await change(store, set(name: "a-name-of-callbridge")) else {
            Issue.record("accepted")
            return
        }
        #expect(errors.errors.first?.parameter == "uniqueName")
        #expect(store.configuration == before)
    }

    @Test func `concurrent changes are all there, each with its own revision`() async throws {
        let store = try Store(path: path)
        let revisions = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<100 {
                group.addTask {
                    var change = ConfigurationChange()
                    change.uniqueName = .set("cb\(number)")
                    return await withCheckedContinuation { continuation in
                        store.change(change) { outcome in
                            if case .stored(let configuration, _) = outcome {
                                continuation.resume(returning: configuration.revision)
                            } else {
                                continuation.resume(returning: nil)
                            }
                        }
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(revisions.compactMap { $0 }.sorted() == Array(1...100))
        #expect(store.configuration.revision == 100)
    }

    @Test func `a database of a newer version is refused untouched`() throws {
        _ = try Store(path: path)
        try Store.addMigrationOfTheFuture(to: path)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = try #require(throws: StoreError.self) { try Store(path: path) }
        #expect(error.description.contains("newer version"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    /// As a newer version leaves it that is killed: its last changes are not in the file yet.
    @Test func `so is its log`() throws {
        _ = try Store(path: path)
        let newer = try DatabaseQueue(path: path)
        try newer.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999 future')") }
        let copy = directory.path + "/copy.sqlite"
        let files = [copy, copy + "-wal"]
        for file in files {
            try FileManager.default.copyItem(atPath: file.replacing("copy", with: "store"), toPath: file)
        }
        let before = try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        #expect(before.allSatisfy { !$0.isEmpty })
        let error = try #require(throws: StoreError.self) { try Store(path: copy) }
        #expect(error.description.contains("newer version"))
        #expect(try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == before)
    }

    @Test func `a file that is no database is refused in words`() throws {
        try Data("this is no database, it only looks like a long text".utf8).write(to: URL(fileURLWithPath: path))
        let error = try #require(throws: StoreError.self) { try Store(path: path) }
        #expect(error.description.contains(path))
    }

    @Test func `a folder that is not there is named`() throws {
        let error = try #require(throws: StoreError.self) { try Store(path: directory.path + "/none/store.sqlite") }
        #expect(error.description.contains("none/store.sqlite"))
        #expect(error.description.contains("No such file"))
    }

    @Test func `a changed secret leaves no trace of the old one`() async throws {
        let store = try Store(path: path)
        var change = ConfigurationChange()
        change.sharedSecret = .set(Secret("the-old-secret"))
        _ = await self.change(store, change)
        change.sharedSecret = .set(Secret("the-new-secret"))
        _ = await self.change(store, change)
        // The queue is serial: behind this, the log has been emptied.
        _ = try store.pragma("user_version")
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: directory.path + "/" + file))
            #expect(bytes.firstRange(of: Data("the-old-secret".utf8)) == nil, "\(file)")
        }
    }

    @Test func `an address that can't be read is no missing address`() throws {
        _ = try Store(path: path)
        try Store.execute("UPDATE configuration SET serverAddressOverride = '[fe80::1%gone]'", in: path)
        let error = try #require(throws: StoreError.self) { try Store(path: path) }
        #expect(error.description.contains("serverAddressOverride"))
    }
}
