import Foundation
import GRDB
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// `/readyz`, and what it asks the store.
@Suite struct ReadinessTests {
    private let harness: APIHarness

    init() throws {
        harness = try APIHarness()
    }

    private func isUsable(_ store: Store) async -> Bool {
        await withCheckedContinuation { continuation in
            store.checkUsability { continuation.resume(returning: $0) }
        }
    }

    private func change(_ name: String) async -> Store.Outcome {
        var change = ConfigurationChange()
        change.uniqueName = .set(name)
        return await withCheckedContinuation { continuation in
            harness.store.change(change) { continuation.resume(returning: $0) }
        }
    }

    @Test(arguments: ["GET", "HEAD"], ["/readyz", "/readyz?", "/READYZ/", "/readyz?&"])
    func `a server with a store is ready, for anybody`(method: String, target: String) async throws {
        let answer = try await harness.ask(method, target, user: nil)
        #expect(answer.status == 200)
        #expect(answer.body == "ok\n")
        #expect(answer.header("Content-Type") == "text/plain")
        #expect(answer.header("Cache-Control") == "no-store")
    }

    @Test(arguments: BridgeStatus.State.allCases)
    func `a connection counts where it is required, and no other state shows`(state: BridgeStatus.State) async throws {
        harness.bridge.status.state = state
        #expect(try await harness.ask("GET", "/readyz", user: nil).status == 200)
        let answer = try await harness.ask("GET", "/readyz?xmpp=required", user: nil)
        #expect(answer.status == (state == .connected ? 200 : 503))
        #expect(answer.body == (state == .connected ? "ok\n" : "xmpp: not connected\n"))
        #expect(answer.header("Retry-After") == (state == .connected ? nil : "1"))
    }

    @Test(arguments: [
        ("xmpp=optional", "xmpp", "invalidValue"), ("xmpp", "xmpp", "invalidValue"),
        ("xmpp=%zz", "xmpp", "invalidValue"), ("store=required", "store", "unknownParameter"),
        ("xmpp=required&xmpp=required", "xmpp", "duplicateParameter"),
    ]) func `anything else in the query is named`(query: String, parameter: String, error: String) async throws {
        let answer = try await harness.ask("GET", "/readyz?\(query)", user: nil)
        #expect(answer.status == 400)
        #expect(answer.body.contains("<parameterError parameter=\"\(parameter)\" error=\"\(error)\" />"))
    }

    @Test func `it can only be read`() async throws {
        let answer = try await harness.ask("POST", "/readyz", user: nil)
        #expect(answer.status == 405)
        #expect(answer.header("Allow") == "GET, HEAD")
    }

    @Test func `a store whose file is gone or another is not usable`() async throws {
        #expect(await isUsable(harness.store))
        let path = harness.store.path
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        #expect(await !isUsable(harness.store))
        try Data("another".utf8).write(to: URL(fileURLWithPath: path))
        #expect(await !isUsable(harness.store))
        let answer = try await harness.ask("GET", "/readyz?xmpp=required", user: nil)
        #expect(answer.status == 503)
        #expect(answer.body == "store: not usable\nxmpp: not connected\n")
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".old", toPath: path)
        #expect(await isUsable(harness.store))
    }

    @Test func `to ask writes nothing`() async throws {
        _ = await change("cb1")
        let log = harness.store.path + "-wal"
        let before = try Data(contentsOf: URL(fileURLWithPath: log))
        for _ in 0..<10 { #expect(await isUsable(harness.store)) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: log)) == before)
    }

    @Test func `what is written after a failed change reaches the log, and changes nothing`() async throws {
        _ = await change("cb1")
        func log() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: harness.store.path + "-wal")) }
        let before = try log()
        harness.store.writes.failed()
        #expect(await isUsable(harness.store))
        let after = try log()
        #expect(after != before)
        #expect(await isUsable(harness.store))
        #expect(try log() == after)
        let hostID = try await harness.store.database.read {
            try String.fetchOne($0, sql: "SELECT hostID FROM instance")
        }
        #expect(hostID == harness.store.hostID)
    }

    /// As a full disk does it: changes fail, and what can still be read says nothing about that.
    @Test func `after a failed change something has to be written before the store is usable again`() async throws {
        let path = harness.store.path
        let refusal = "BEGIN SELECT RAISE(ABORT, 'no space'); END"
        try Store.execute("CREATE TRIGGER a BEFORE UPDATE ON configuration \(refusal)", in: path)
        try Store.execute("CREATE TRIGGER b BEFORE UPDATE ON instance \(refusal)", in: path)
        #expect(await isUsable(harness.store))
        guard case .failed = await change("cb1") else { return #expect(Bool(false), "the change did not fail") }
        #expect(harness.store.writes.counts.failures == 1)
        #expect(await !isUsable(harness.store))
        #expect(await !isUsable(harness.store))
        try Store.execute("DROP TRIGGER b", in: path)
        #expect(await isUsable(harness.store))
        #expect(!harness.store.writes.counts.hasFailed)
        try Store.execute("DROP TRIGGER a", in: path)
        guard case .stored = await change("cb1") else { return #expect(Bool(false), "the change failed") }
        #expect(harness.store.writes.counts.durations.count == 1)
    }
}
