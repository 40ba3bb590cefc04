import BridgeEngine
import Foundation
import GRDB
import TestSupport
import Testing

@testable import ConfigAPI

/// Databases as each version of the schema has left them, in `Tests/Schema`: each is opened, brought up to date, and
/// loses nothing.
@Suite struct SchemaTests {
    private static let directory = URL(fileURLWithPath: #filePath).appending(path: "../../Schema").standardized
    private static let versions = 1...5

    private let scratch: ScratchDirectory
    private let path: String

    init() throws {
        scratch = try ScratchDirectory()
        path = scratch.file("store.sqlite")
    }

    private static func dump(_ version: Int) throws -> String {
        try String(contentsOf: directory.appending(path: "\(version).sql"), encoding: .utf8)
    }

    /// Makes the database that a version has left, in the mode for its log in which it was.
    private func makeDatabase(_ version: Int) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: Self.dump(version)) }
        try queue.close()
    }

    /// Tables and indexes, as the statements that make them.
    private static func schema(of queue: DatabaseQueue) throws -> [String] {
        try queue.read {
            try String.fetchAll($0, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        }
    }

    @Test func `each version has its database`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        #expect(files.sorted() == Self.versions.map { "\($0).sql" })
        #expect(Schema.migrator.migrations.count == Self.versions.upperBound, "a new version needs a database here")
    }

    @Test(arguments: versions) func `a version that is out never changes`(version: Int) throws {
        try makeDatabase(version)
        let kept = try DatabaseQueue(path: path)
        let made = try DatabaseQueue()
        try Schema.migrator.migrate(made, upTo: Schema.migrator.migrations[version - 1])
        #expect(try Self.schema(of: kept) == Self.schema(of: made))
        #expect(
            try kept.read { try Schema.migrator.appliedMigrations($0) }
                == made.read { try Schema.migrator.appliedMigrations($0) })
    }

    @Test(arguments: versions) func `a database of each version is brought up to date`(version: Int) throws {
        try makeDatabase(version)
        let store = try Store(path: path)
        let new = try DatabaseQueue()
        try Schema.migrator.migrate(new)
        #expect(try Self.schema(of: store.database) == Self.schema(of: new))
        #expect(try store.database.read { try Schema.migrator.hasCompletedMigrations($0) })
        #expect(try store.database.read { try Store.damage(in: $0) } == nil)
    }

    @Test(arguments: versions) func `nothing of it is lost`(version: Int) async throws {
        try makeDatabase(version)
        // Twice: what was brought up to date is opened like any other.
        _ = try Store(path: path)
        let store = try Store(path: path)
        #expect(
            store.configuration
                == StoredConfiguration(
                    revision: 12, uniqueName: "cb1", domain: "xn--bcher-kva.example",
                    serverAddressOverride: "[2001:db8::1]:5223", sharedSecret: Secret("s3cret 'ü' & more")))
        #expect(store.hostID == "66c8c4ce-0b71-4add-851b-9041fa9da203")
        #expect(try store.users() == [User(name: "admin", role: .admin), User(name: "zoë", role: .readonly)])
        #expect(try #require(try store.user("admin")).hash.matches(Secret("correct horse")))

        let attempts = try await store.database.read { try AttemptRow.all(in: $0) }
        #expect(attempts.map(\.id) == (version < 2 ? [] : [41, 42]))
        #expect(attempts.map(\.report) == (version < 2 ? [] : [.sample, .sample(revision: 12)]))

        let events = try await store.database.read { try EventRow.page(Page(query: "limit=100"), in: $0) }
        #expect(events.map(\.id) == (version < 3 ? [] : version < 4 ? [5, 3, 2, 1] : [6, 5, 3, 2, 1]))
        if version >= 3 {
            let change = try #require(events.first { $0.id == 2 }).event
            #expect(change.requester == Requester(user: "admin", address: "192.0.2.7"))
            #expect(change.fields == ["uniqueName", "sharedSecret"])
            let failure = try #require(events.first { $0.id == 3 }).event
            #expect(failure.kind == .connectionFailed && failure.count == 288 && failure.outage == "1a.2b")
        }

        #expect(
            store.loginPolicy
                == (version < 4
                    ? StoredLoginPolicy()
                    : StoredLoginPolicy(
                        revision: 3, policy: LoginPolicy(mode: .users, hosts: ["xn--bcher-kva.example"]))))
        #expect(
            try store.bridgeUsers()
                == (version < 4
                    ? []
                    : [
                        BridgeUser(
                            id: "0f8fad5b-d9cb-469f-a165-70867728950e", userJid: "alice@xn--bcher-kva.example",
                            name: "Alice Ä.")
                    ]))
        if version >= 4 {
            let login = try store.bridgeUser(UserJID(checking: "alice@xn--bcher-kva.example"))
            #expect(try #require(login).hash.matches(Secret("battery staple")))
            #expect(events.first?.event.door == .xmpp)
        }
    }

    @Test(arguments: versions) func `it takes changes, and each has its event`(version: Int) async throws {
        try makeDatabase(version)
        let store = try Store(path: path)
        guard case .stored(let configuration, _) = await store.set({ $0.uniqueName = .set("cb2") }) else {
            Issue.record("not stored")
            return
        }
        #expect(configuration.revision == 13)
        try store.setPassword(Secret("new"), ofUser: "zoë")
        try store.addBridgeUser("bob@example.test", password: Secret("pw"))
        let events = try await store.database.read { try EventRow.page(Page(query: "limit=3"), in: $0) }
        #expect(events.map(\.event.kind) == [.bridgeUserAdded, .userChanged, .configurationChanged])
    }
}
