import BridgeEngine
import Foundation
import TestSupport
import Testing

@testable import ConfigAPI

/// Settings for a program that is no server: those that a person gives, and those in a database.
@Suite struct GivenSettingsTests {
    private let stored = BridgeSettings(
        uniqueName: "cb1", domain: "example.test", serverAddressOverride: ServerAddress("xmpp1.example.test:5300"),
        sharedSecret: Secret("s3cret"))

    @Test func `they are normalised, kept and cleared as the API does it`() throws {
        let changed = try stored.changed(by: [
            .uniqueName: "CB2.", .domain: "Bücher.example", .serverAddressOverride: "",
        ])
        #expect(changed.uniqueName == "cb2")
        #expect(changed.domain == "xn--bcher-kva.example")
        #expect(changed.serverAddressOverride == nil)
        #expect(changed.sharedSecret == Secret("s3cret"))
        #expect(try stored.changed(by: [:]) == stored)
    }

    @Test func `everything that is wrong is named, in order and without the secret`() throws {
        let error = #expect(throws: SettingsError.self) {
            try stored.changed(by: [.sharedSecret: "hush\n", .domain: "..", .uniqueName: "a_b"])
        }
        #expect(error?.problems.map(\.parameter) == ["uniqueName", "domain", "sharedSecret"])
        #expect(error?.problems.contains { $0.detail.contains("hush") } == false)
        let long = String(repeating: "a.", count: 125) + "a"
        let tooLong = #expect(throws: SettingsError.self) { try stored.changed(by: [.uniqueName: long]) }
        #expect(tooLong?.problems.map(\.parameter) == ["uniqueName"])
    }

    @Test func `a database is read beside its server`() async throws {
        let directory = try ScratchDirectory()
        let path = directory.file("store.sqlite")
        #expect(throws: StoreError.self) { try Store.settings(at: path) }
        #expect(!FileManager.default.fileExists(atPath: path))
        let store = try Store(path: path)
        #expect(try Store.settings(at: path) == BridgeSettings())
        var change = ConfigurationChange()
        change.uniqueName = .set("cb1")
        change.domain = .set("example.test")
        change.serverAddressOverride = .set("xmpp1.example.test:5300")
        change.sharedSecret = .set(Secret("s3cret"))
        _ = await withCheckedContinuation { continuation in
            store.change(change) { continuation.resume(returning: $0) }
        }
        #expect(try Store.settings(at: path) == stored)
        #expect(store.configuration.revision == 1)
    }

    @Test func `a database of a newer version is refused`() throws {
        let directory = try ScratchDirectory()
        let path = directory.file("store.sqlite")
        _ = try Store(path: path)
        try Store.addMigrationOfTheFuture(to: path)
        let error = #expect(throws: StoreError.self) { try Store.settings(at: path) }
        #expect(error?.description.contains("newer version") == true)
    }
}
