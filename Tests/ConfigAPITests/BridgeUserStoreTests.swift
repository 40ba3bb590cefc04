import BridgeEngine
import Dispatch
import Foundation
import GRDB
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

@Suite struct BridgeUserStoreTests {
    private static let cheap = PasswordHash.Cost(logN: 4, r: 8, p: 1)
    private static let admin = Requester(user: "admin", address: "192.0.2.7")

    private let directory: ScratchDirectory
    private let store: Store

    init() throws {
        directory = try ScratchDirectory()
        store = try Store(path: directory.file("store.sqlite"))
    }

    private func jid(_ text: String) throws -> UserJID { try #require(UserJID(text)) }

    @discardableResult
    private func add(_ text: String, name: String = "", password: String = "pw") throws -> UserJID {
        let jid = try jid(text)
        try store.addBridgeUser(jid, name: name, password: Secret(password), cost: Self.cheap, by: Self.admin)
        return jid
    }

    private func change(_ text: String, _ change: BridgeUserChange) throws -> [BridgeUserParameters.Name] {
        try store.changeBridgeUser(.userJid(jid(text)), change, cost: Self.cheap, by: Self.admin).changed
    }

    private func code(_ body: () throws -> Void) throws -> UserError.Code {
        try #require(throws: UserError.self) { try body() }.code
    }

    private func version() throws -> Int { try store.database.read { try BridgeUserRow.version(in: $0) } }

    /// The oldest first.
    private func events() throws -> [Event] {
        try store.database.read { try EventRow.page(Page(query: "limit=500"), in: $0) }.reversed().map(\.event)
    }

    private func page(_ filter: String = "", _ query: String = "") throws -> (total: Int, jids: [String]) {
        let found = try store.database.read { try BridgeUserRow.page(Page(query: query), filter: filter, in: $0) }
        return (found.total, found.users.map(\.userJid))
    }

    @Test func `a user is found with the right hash, however the JID is written`() throws {
        try store.addBridgeUser("Zoë@Example.test", name: "Zoë M.", password: Secret("right"))
        #expect(try store.hasBridgeUser("ZOE\u{308}@example.TEST."))
        let found = try #require(try store.bridgeUser(jid("zoë@example.test")))
        #expect(UUID(uuidString: found.user.id) != nil)
        #expect(found.user.id == found.user.id.lowercased())
        #expect(found.user == BridgeUser(id: found.user.id, userJid: "zoë@example.test", name: "Zoë M."))
        #expect(found.hash.stored.hasPrefix("$scrypt$ln=14,r=8,p=5$"))
        #expect(found.hash.matches(Secret("right")))
        #expect(!found.hash.matches(Secret("wrong")))
        #expect(try store.bridgeUser(jid("zoe@example.test")) == nil)
        #expect(try store.bridgeUsers() == [found.user])
        #expect(!"\(try store.bridgeUsers())".contains("scrypt"))
    }

    @Test func `users of the API and of the Call Bridge know nothing of each other`() throws {
        try store.addUser("alice@example.test", role: .admin, password: Secret("pw"))
        #expect(try store.bridgeUsers().isEmpty)
        try add("bob@example.test")
        #expect(try store.users().map(\.name) == ["alice@example.test"])
        #expect(try store.user("bob@example.test") == nil)
    }

    @Test func `a JID is taken once, also by those who come at the same time`() throws {
        try add("bob@example.test", password: "first")
        #expect(try code { try add("BOB@example.test.", password: "second") } == .exists)
        #expect(try #require(try store.bridgeUser(jid("bob@example.test"))).hash.matches(Secret("first")))
        try add("eve@example.test")
        #expect(try code { _ = try change("eve@example.test", .init(userJid: jid("Bob@example.test"))) } == .exists)
        let outcomes = NIOLockedValueBox<[Bool]>([])
        let all = try (0..<4).map { _ in try Store(path: store.path) }
        let name = try jid("race@example.test")
        DispatchQueue.concurrentPerform(iterations: all.count) { number in
            let isAdded =
                (try? all[number].addBridgeUser(name, name: "", password: Secret("pw"), cost: Self.cheap)) != nil
            outcomes.withLockedValue { $0.append(isAdded) }
        }
        #expect(outcomes.withLockedValue { $0.filter { $0 }.count } == 1)
        #expect(try page().total == 3)
    }

    @Test func `a change keeps what it does not name, and tells what it has changed`() throws {
        try add("bob@example.test", name: "Bob", password: "old")
        let id = try #require(try store.bridgeUsers().first).id
        #expect(try change("bob@example.test", .init(name: "")) == [.name])
        #expect(try store.bridgeUsers() == [BridgeUser(id: id, userJid: "bob@example.test", name: "")])
        #expect(try change("bob@example.test", .init(userJid: jid("rob@example.test"))) == [.userJid])
        #expect(
            try change("rob@example.test", .init(userJid: jid("bob@b.test"), name: "B", password: Secret("new")))
                == [.userJid, .name, .password])
        let found = try #require(try store.bridgeUser(jid("bob@b.test")))
        #expect(found.user == BridgeUser(id: id, userJid: "bob@b.test", name: "B"))
        #expect(found.hash.matches(Secret("new")))
        #expect(!found.hash.matches(Secret("old")))
        #expect(try code { _ = try change("bob@example.test", .init(name: "x")) } == .unknown)
    }

    @Test func `each change has its event, and grows the version where logins are concerned`() throws {
        #expect(try version() == 0)
        try add("bob@example.test", name: "e\u{301}")
        #expect(try version() == 0)
        #expect(try change("bob@example.test", .init()) == [])
        #expect(try change("bob@example.test", .init(userJid: jid("BOB@example.test"), name: "e\u{301}")) == [])
        #expect(try change("bob@example.test", .init(name: "\u{E9}")) == [.name])
        #expect(try version() == 0)
        #expect(try change("bob@example.test", .init(password: Secret("pw"))) == [.password])
        #expect(
            try change("bob@example.test", .init(userJid: jid("rob@example.test"), name: "R")) == [.userJid, .name])
        try store.removeBridgeUser("rob@example.test")
        #expect(try version() == 3)
        #expect(try code { try store.removeBridgeUser("rob@example.test") } == .unknown)
        #expect(try version() == 3)
        let events = try events()
        #expect(
            events.map { "\($0.kind) \($0.name ?? "-") \($0.fields.joined(separator: ","))" } == [
                "bridgeUserAdded bob@example.test ", "bridgeUserChanged bob@example.test name",
                "bridgeUserChanged bob@example.test password", "bridgeUserChanged bob@example.test userJid,name",
                "bridgeUserRemoved rob@example.test ",
            ])
        #expect(events.map(\.requester) == [Self.admin, Self.admin, Self.admin, Self.admin, nil])
        #expect(events.map(\.detail) == [nil, nil, nil, "The user is rob@example.test now.", nil])
    }

    @Test func `a change and its event are one`() throws {
        try add("bob@example.test")
        try store.database.write { try $0.execute(sql: "ALTER TABLE event RENAME TO gone") }
        #expect(throws: StoreError.self) { try add("eve@example.test") }
        #expect(throws: StoreError.self) { _ = try change("bob@example.test", .init(name: "x")) }
        #expect(throws: StoreError.self) { try store.removeBridgeUser("bob@example.test") }
        #expect(store.writes.counts.failures == 3)
        #expect(try version() == 0)
        #expect(try store.bridgeUsers().map(\.name) == [""])
    }

    @Test func `a hash that counts no more leaves no trace, while a server has the database open`() throws {
        let server = try Store(path: store.path)
        let watch = try UserWatch(databasePath: store.path) {}
        let jid = try add("bob@example.test", password: "old")
        let first = try #require(try server.bridgeUser(jid)).hash.stored
        watch.look()
        _ = try change("bob@example.test", .init(password: Secret("new")))
        let second = try #require(try server.bridgeUser(jid)).hash.stored
        func files() throws -> [String: Data] {
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            return try names.reduce(into: [:]) {
                $0[$1] = try Data(contentsOf: URL(fileURLWithPath: directory.file($1)))
            }
        }
        #expect(try files().values.contains { $0.firstRange(of: Data(second.utf8)) != nil })
        watch.look()
        try store.removeBridgeUser("bob@example.test")
        for (file, bytes) in try files() {
            for hash in [first, second] { #expect(bytes.firstRange(of: Data(hash.utf8)) == nil, "\(file)") }
        }
    }

    @Test func `each change that concerns logins is told once, a refused one is not`() throws {
        let told = NIOLockedValueBox(0)
        store.onBridgeUserChange { told.withLockedValue { $0 += 1 } }
        try add("bob@example.test")
        _ = try change("bob@example.test", .init(name: "Bob"))
        #expect(told.withLockedValue { $0 } == 0)
        try store.setPassword(Secret("other"), ofBridgeUser: "bob@example.test")
        #expect(told.withLockedValue { $0 } == 1)
        _ = try change("bob@example.test", .init(userJid: jid("rob@example.test")))
        #expect(told.withLockedValue { $0 } == 2)
        _ = try change("rob@example.test", .init(userJid: jid("bob@example.test")))
        #expect(told.withLockedValue { $0 } == 3)
        _ = try change("bob@example.test", .init(name: "Bob"))
        _ = try code { try add("bob@example.test") }
        #expect(told.withLockedValue { $0 } == 3)
        try store.removeBridgeUser("bob@example.test")
        #expect(told.withLockedValue { $0 } == 4)
        _ = try code { try store.removeBridgeUser("bob@example.test") }
        #expect(told.withLockedValue { $0 } == 4)
    }

    // MARK: Names and passwords

    @Test(arguments: [
        "tab\there", "line\nend", "nul\u{0}", "delete\u{7f}", "c1\u{85}", "line\u{2028}separator", "no utf-8: \u{FFFD}",
        String(repeating: "x", count: 256), String(repeating: "é", count: 128),
    ]) func `a bad name is refused`(name: String) throws {
        #expect(try code { try add("bob@example.test", name: name) } == .badName)
        try add("bob@example.test")
        #expect(try code { _ = try change("bob@example.test", .init(name: name)) } == .badName)
        #expect(try store.bridgeUsers().map(\.name) == [""])
    }

    @Test(arguments: ["", "x", "a: <b> & \"c\"", "Zoë Müller", "人", "%_\\", String(repeating: "x", count: 255)])
    func `a good name is taken`(name: String) throws {
        try add("bob@example.test", name: name)
        #expect(try store.bridgeUsers().map(\.name) == [name])
    }

    @Test(arguments: [
        [], Array("two\nlines".utf8), Array("nul\u{0}".utf8), [0xFF, 0xFE], Array(repeating: 0x78, count: 1025),
    ])
    func `a bad password is refused`(password: [UInt8]) throws {
        try add("bob@example.test")
        let secret = Secret(password)
        #expect(try code { try store.addBridgeUser("eve@example.test", password: secret) } == .badPassword)
        #expect(try code { try store.setPassword(secret, ofBridgeUser: "bob@example.test") } == .badPassword)
        #expect(try code { try store.addBridgeUser("no JID", password: Secret("pw")) } == .badJID)
    }

    // MARK: Pages

    @Test func `a page is in the order of the JIDs`() throws {
        for name in ["zoë", "bob", "Alice", "eve"] { try add("\(name)@example.test") }
        try add("alice@a.test")
        let all = ["alice@a.test", "alice@example.test", "bob@example.test", "eve@example.test", "zoë@example.test"]
        #expect(try page().jids == all)
        #expect(try page("", "limit=2").jids == Array(all[..<2]))
        #expect(try page("", "offset=3&limit=2").jids == Array(all[3...]))
        #expect(try page("", "offset=5").jids == [])
        #expect(try page("", "limit=0").jids == [])
        #expect(try page("", "offset=5&limit=0").total == 5)
        #expect(try store.bridgeUsers().map(\.userJid) == all)
    }

    @Test(arguments: [
        ("alice", ["alice@example.test"]), ("ALICE@", ["alice@example.test"]), ("LIDDELL", ["alice@example.test"]),
        ("@example", ["alice@example.test", "bob@example.test", "carl@example.test"]), ("müll", ["bob@example.test"]),
        ("MU\u{308}LL", ["bob@example.test"]), ("ｂｏｂ", ["bob@example.test"]), ("STRASSE", ["bob@example.test"]),
        ("%", ["carl@example.test"]), ("_", ["carl@example.test"]), ("\\", ["carl@example.test"]), ("%%", []),
        ("a%e", []), ("'", ["carl@example.test"]), ("nobody", []), ("e@example.test\nA", []),
        (" ", ["bob@example.test"]),
        ("b@example.testB", []),
    ]) func `a filter leaves those who have it in the JID or the name`(filter: String, jids: [String]) throws {
        try add("alice@example.test", name: "Liddell")
        try add("bob@example.test", name: "Bob Müller-Straße")
        try add("carl@example.test", name: #"100%_\'"#)
        let found = try page(filter)
        #expect(found.jids == jids)
        #expect(found.total == jids.count)
        #expect(try page(filter, "offset=1&limit=1").jids == Array(jids.dropFirst().prefix(1)))
        #expect(try page(filter, "offset=1&limit=1").total == jids.count)
    }

    @Test func `a filter sees a changed name, not the one before`() throws {
        try add("bob@example.test", name: "Bob")
        _ = try change("bob@example.test", .init(userJid: jid("eve@example.test"), name: "Eve"))
        #expect(try page("bob").total == 0)
        #expect(try page("EVE").total == 1)
    }

    // MARK: Logins

    @Test func `a hash that is none lets nobody in`() throws {
        let jid = try add("bob@example.test")
        try store.database.write { try $0.execute(sql: "UPDATE bridgeUser SET passwordHash = 'pw'") }
        #expect(try store.bridgeUser(jid) == nil)
        #expect(try store.bridgeDecoy(for: "anybody") == nil)
    }

    @Test func `who is no user is compared with some user's hash, the same each time`() throws {
        #expect(try store.bridgeDecoy(for: "nobody") == nil)
        for number in 0..<20 { try add("user-\(number)@example.test") }
        let hashes = Set(
            try (0..<20).map { try #require(try store.bridgeUser(jid("user-\($0)@example.test"))).hash.stored })
        var picked: [String: String] = [:]
        for number in 0..<200 {
            let name = "nobody-\(number)"
            picked[name] = try #require(try store.bridgeDecoy(for: name)).stored
        }
        #expect(hashes.isSuperset(of: picked.values))
        // By ids, which are random: whatever they are, 200 names don't all pick the same.
        #expect(Set(picked.values).count > 1)
        for (name, hash) in picked { #expect(try store.bridgeDecoy(for: name)?.stored == hash) }
    }

    @Test func `an error of SQLite shows neither statement nor hash`() throws {
        let jid = try jid("bob@example.test")
        try store.database.write { try $0.execute(sql: "ALTER TABLE bridgeUser RENAME COLUMN passwordHash TO other") }
        let written = try #require(throws: StoreError.self) { try add("bob@example.test") }
        #expect(written.description.hasPrefix("The users can't be changed: "))
        try store.database.write { try $0.execute(sql: "DROP TABLE bridgeUser") }
        let read = try #require(throws: StoreError.self) { try store.bridgeUser(jid) }
        #expect(read.description.hasPrefix("The users can't be read: "))
        for error in [written, read] {
            for word in ["scrypt", "INSERT", "SELECT", "bob"] { #expect(!error.description.contains(word)) }
        }
    }
}
