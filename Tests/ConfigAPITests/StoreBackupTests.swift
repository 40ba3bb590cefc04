import BridgeEngine
import Foundation
import GRDB
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// Backups: what is in them, and what stays as it is.
@Suite struct StoreBackupTests {
    private let directory: ScratchDirectory
    private let path: String
    private let target: String

    init() throws {
        directory = try ScratchDirectory()
        path = directory.file("store.sqlite")
        target = try directory.makeDirectory("backups") + "/backup.sqlite"
    }

    private var backups: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory.file("backups")) }
    }

    private func bytes(of path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test func `a backup is one file for its owner, with everything`() async throws {
        let store = try Store(path: path)
        _ = await store.set { $0.uniqueName = .set("cb1") }
        try store.addUser("bob", role: .api, password: Secret("pw"))
        let mask = umask(0)
        defer { umask(mask) }
        try Store.backUp(path, to: target)
        #expect(try backups == ["backup.sqlite"])
        let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        // Bytes 18 and 19 are 2 where a log is to be looked for.
        #expect(Array(try bytes(of: target)[18...19]) == [1, 1])
        let copy = try Store(path: target)
        #expect(copy.configuration == store.configuration)
        #expect(copy.hostID == store.hostID)
        #expect(try copy.users() == store.users())
    }

    @Test func `a database without a log is backed up untouched`() async throws {
        let store = try Store(path: path)
        _ = await store.set { $0.uniqueName = .set("cb1") }
        store.closeConnections()
        let before = try bytes(of: path)
        try Store.backUp(path, to: target)
        #expect(try bytes(of: path) == before)
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: directory.path)) == ["backups", "store.sqlite"])
        #expect(try Store(path: target).configuration.uniqueName == "cb1")
    }

    @Test func `each backup of a database that is being written is the state of one moment`() async throws {
        let store = try Store(path: path)
        let isOver = NIOLockedValueBox(false)
        let writer = Task {
            var number = 0
            while !isOver.withLockedValue({ $0 }) {
                number += 1
                let name = "cb\(number)"
                _ = await store.set {
                    $0.uniqueName = .set(name)
                    $0.domain = .set("\(name).test")
                }
            }
            return number
        }
        var revisions: [Int] = []
        for number in 1...10 {
            let target = "\(target)-\(number)"
            try Store.backUp(path, to: target)
            let copy = try Store(path: target)
            let configuration = copy.configuration
            #expect(configuration.uniqueName ?? "none" == "cb\(configuration.revision)" || configuration.revision == 0)
            #expect(configuration.domain ?? "none" == "cb\(configuration.revision).test" || configuration.revision == 0)
            let events = try await copy.database.read { try EventRow.count(in: $0) }
            #expect(events == configuration.revision, "each change with its event")
            revisions.append(configuration.revision)
        }
        isOver.withLockedValue { $0 = true }
        let written = await writer.value
        #expect(revisions == revisions.sorted())
        #expect(Set(revisions).count > 1, "it was written meanwhile")
        #expect(store.configuration.revision == written, "no change failed for a backup")
    }

    @Test func `a replaced secret is in no backup`() async throws {
        let store = try Store(path: path)
        for secret in ["the-old-secret", "the-new-secret"] {
            _ = await store.set { $0.sharedSecret = .set(Secret(secret)) }
        }
        try store.addUser("bob", role: .admin, password: Secret("old"))
        let oldHash = try #require(try store.user("bob")).hash.stored
        try store.setPassword(Secret("new"), ofUser: "bob")
        try Store.backUp(path, to: target)
        let backup = try bytes(of: target)
        #expect(backup.firstRange(of: Data("the-new-secret".utf8)) != nil)
        #expect(backup.firstRange(of: Data("the-old-secret".utf8)) == nil)
        #expect(backup.firstRange(of: Data(oldHash.utf8)) == nil)
    }

    @Test func `no file is overwritten`() throws {
        _ = try Store(path: path)
        try Data("precious".utf8).write(to: URL(fileURLWithPath: target))
        let error = try #require(throws: StoreError.self) { try Store.backUp(path, to: target) }
        #expect(error.description == "There is a file \(target) already.")
        #expect(try bytes(of: target) == Data("precious".utf8))
        #expect(throws: StoreError.self) { try Store.backUp(path, to: path) }
        #expect(try backups == ["backup.sqlite"])
    }

    @Test func `a backup that can't be made leaves nothing behind`() throws {
        let missing = try #require(throws: StoreError.self) { try Store.backUp(path, to: target) }
        #expect(missing.description == "There is no database \(path).")
        _ = try Store(path: path)
        let nowhere = directory.file("none/backup.sqlite")
        let error = try #require(throws: StoreError.self) { try Store.backUp(path, to: nowhere) }
        #expect(error.description == "The backup \(nowhere) can't be made: No such file or directory.")
        try Store.addMigrationOfTheFuture(to: path)
        let newer = try #require(throws: StoreError.self) { try Store.backUp(path, to: target) }
        #expect(newer.description == "The database \(path) was written by a newer version of this program.")
        #expect(try backups.isEmpty)
    }
}
