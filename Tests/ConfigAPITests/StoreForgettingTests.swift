import BridgeEngine
import Foundation
import GRDB
import TestSupport
import Testing

@testable import ConfigAPI

/// A replaced secret is in no file, also where something is in the way when it is replaced.
@Suite struct StoreForgettingTests {
    private static let old = "the-old-secret"
    private let directory: ScratchDirectory
    private let path: String
    private let store: Store

    init() async throws {
        directory = try ScratchDirectory()
        path = directory.file("store.sqlite")
        store = try Store(path: path)
        _ = await store.set { $0.sharedSecret = .set(Secret(Self.old)) }
    }

    /// The files that still hold the old secret.
    private func traces() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { file in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: directory.file(file)))
            return bytes.firstRange(of: Data(Self.old.utf8)) != nil
        }
    }

    /// Replaces the secret while somebody reads what was before, and does something meanwhile.
    private func replaceSecret(while body: @Sendable () async throws -> Void) async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: path, configuration: configuration)
        try await reader.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN")
            _ = try Row.fetchAll(database, sql: "SELECT * FROM configuration")
        }
        _ = await store.set { $0.sharedSecret = .set(Secret("the-new-secret")) }
        _ = try store.pragma("user_version")
        #expect(try !traces().isEmpty, "the reader is in the way")
        try await body()
        try await reader.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    }

    @Test func `a reader only puts it off`() async throws {
        try await replaceSecret {}
        let deadline = ContinuousClock.now + .seconds(20)
        while try !traces().isEmpty, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try traces() == [])
    }

    @Test func `so does a kill, until the next start`() async throws {
        let other = try ScratchDirectory()
        try await replaceSecret {
            // What is left of a process that is killed now.
            for file in ["store.sqlite", "store.sqlite-wal"] {
                try FileManager.default.copyItem(atPath: directory.file(file), toPath: other.file(file))
            }
        }
        let again = try Store(path: other.file("store.sqlite"))
        #expect(again.configuration.sharedSecret == Secret("the-new-secret"))
        for file in try FileManager.default.contentsOfDirectory(atPath: other.path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: other.file(file)))
            #expect(bytes.firstRange(of: Data(Self.old.utf8)) == nil, "\(file)")
        }
    }

    @Test func `once it is closed there is one file, without the secret`() async throws {
        _ = await store.set { $0.sharedSecret = .set(Secret("the-new-secret")) }
        store.closeConnections()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["store.sqlite"])
        #expect(try traces() == [])
        #expect(try Store(path: path).configuration.sharedSecret == Secret("the-new-secret"))
    }
}
