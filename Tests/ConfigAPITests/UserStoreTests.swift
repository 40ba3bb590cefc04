import BridgeEngine
import Foundation
import GRDB
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

@Suite struct UserStoreTests {
    private let directory: ScratchDirectory
    private let store: Store

    init() throws {
        directory = try ScratchDirectory()
        store = try Store(path: directory.file("store.sqlite"))
    }

    private func code(_ body: () throws -> Void) throws -> UserError.Code {
        try #require(throws: UserError.self) { try body() }.code
    }

    @Test func `a user is found with the right hash`() throws {
        #expect(try !store.hasUsers())
        try store.addUser("admin", role: .admin, password: Secret("right"))
        #expect(try store.hasUsers())
        let found = try #require(try store.user("admin"))
        #expect(found.user == User(name: "admin", role: .admin))
        #expect(found.hash.stored.hasPrefix("$scrypt$ln=14,r=8,p=5$"))
        #expect(found.hash.matches(Secret("right")))
        #expect(!found.hash.matches(Secret("wrong")))
        #expect(try store.user("Admin") == nil)
    }

    @Test func `users are listed by name and never with a hash`() throws {
        for (name, role) in [("zoë", Role.login), ("admin", .admin), ("bob", .readonly), ("curl", .api)] {
            try store.addUser(name, role: role, password: Secret("pw"))
        }
        #expect(try store.users().map(\.name) == ["admin", "bob", "curl", "zoë"])
        #expect(try store.users().map(\.role) == [.admin, .readonly, .api, .login])
        #expect(!"\(try store.users())".contains("scrypt"))
    }

    @Test func `a name is taken once`() throws {
        try store.addUser("bob", role: .api, password: Secret("first"))
        #expect(try code { try store.addUser("bob", role: .admin, password: Secret("second")) } == .exists)
        let found = try #require(try store.user("bob"))
        #expect(found.user.role == .api)
        #expect(found.hash.matches(Secret("first")))
    }

    @Test func `a password is replaced, the role is not`() throws {
        try store.addUser("bob", role: .readonly, password: Secret("old"))
        try store.setPassword(Secret("new"), ofUser: "bob")
        let found = try #require(try store.user("bob"))
        #expect(found.hash.matches(Secret("new")))
        #expect(!found.hash.matches(Secret("old")))
        #expect(found.user.role == .readonly)
    }

    @Test func `a hash that counts no more leaves no trace, while a server has the database open`() throws {
        let server = try Store(path: store.path)
        let watch = try UserWatch(databasePath: store.path) {}
        try store.addUser("bob", role: .readonly, password: Secret("old"))
        let hash = try #require(try server.user("bob")).hash.stored
        watch.look()
        try store.setPassword(Secret("new"), ofUser: "bob")
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: directory.file(file)))
            #expect(bytes.firstRange(of: Data(hash.utf8)) == nil, "\(file)")
        }
    }

    @Test func `who is not there can't be changed`() throws {
        #expect(try code { try store.setPassword(Secret("pw"), ofUser: "bob") } == .unknown)
        #expect(try code { try store.setRole(.admin, ofUser: "bob") } == .unknown)
        #expect(try code { try store.removeUser("bob") } == .unknown)
    }

    @Test func `the last administrator stays one`() throws {
        try store.addUser("admin", role: .admin, password: Secret("pw"))
        try store.addUser("curl", role: .api, password: Secret("pw"))
        #expect(try code { try store.removeUser("admin") } == .lastAdministrator)
        #expect(try code { try store.setRole(.api, ofUser: "admin") } == .lastAdministrator)
        try store.setRole(.admin, ofUser: "admin")
        try store.setRole(.admin, ofUser: "curl")
        try store.setRole(.readonly, ofUser: "admin")
        #expect(try code { try store.removeUser("curl") } == .lastAdministrator)
        try store.removeUser("admin")
        #expect(try store.users() == [User(name: "curl", role: .admin)])
    }

    @Test(arguments: [
        "", "a:b", ":", "tab\there", "line\nend", "nul\u{0}", "delete\u{7f}", "c1\u{85}", "line\u{2028}separator",
        "no utf-8: \u{FFFD}", String(repeating: "x", count: 256), String(repeating: "é", count: 128),
    ]) func `a bad name is refused`(name: String) throws {
        #expect(try code { try store.addUser(name, role: .api, password: Secret("pw")) } == .badName)
        #expect(try !store.hasUsers())
    }

    @Test(arguments: ["x", "with blank", "Zoë Müller", "人", "a@b.example", String(repeating: "x", count: 255)])
    func `a good name is taken`(name: String) throws {
        try store.addUser(name, role: .api, password: Secret("pw"))
        #expect(try store.user(name)?.user.name == name)
    }

    @Test(arguments: [
        [], Array("two\nlines".utf8), Array("nul\u{0}".utf8), [0xFF, 0xFE], Array(repeating: 0x78, count: 1025),
    ])
    func `a bad password is refused`(password: [UInt8]) throws {
        try store.addUser("bob", role: .api, password: Secret("pw"))
        #expect(try code { try store.addUser("eve", role: .api, password: Secret(password)) } == .badPassword)
        #expect(try code { try store.setPassword(Secret(password), ofUser: "bob") } == .badPassword)
    }

    @Test func `each change of this process is told once, a refused one is not`() throws {
        let told = NIOLockedValueBox(0)
        store.onUserChange { told.withLockedValue { $0 += 1 } }
        try store.addUser("admin", role: .admin, password: Secret("pw"))
        try store.addUser("bob", role: .api, password: Secret("pw"))
        try store.setPassword(Secret("other"), ofUser: "bob")
        try store.setRole(.readonly, ofUser: "bob")
        try store.removeUser("bob")
        #expect(told.withLockedValue { $0 } == 5)
        _ = try code { try store.removeUser("bob") }
        _ = try code { try store.removeUser("admin") }
        #expect(told.withLockedValue { $0 } == 5)
    }

    @Test func `an error of SQLite shows neither statement nor hash`() throws {
        let broken = try DatabaseQueue(path: store.path)
        try broken.write { try $0.execute(sql: "ALTER TABLE apiUser RENAME COLUMN passwordHash TO other") }
        try broken.close()
        let error = try #require(throws: StoreError.self) {
            try store.addUser("bob", role: .api, password: Secret("pw"))
        }
        #expect(error.description.hasPrefix("The users can't be changed: "))
        #expect(!error.description.contains("scrypt"))
    }

    @Test func `a database that has to be there is not made`() throws {
        let path = directory.file("none.sqlite")
        let error = try #require(throws: StoreError.self) { try Store(path: path, mayCreate: false) }
        #expect(error.description == "There is no database \(path).")
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
