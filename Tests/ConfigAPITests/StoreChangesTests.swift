import BridgeEngine
import Dispatch
import GRDB
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// Changes that arrive together: one commit, and each has its own revision, event and answer.
@Suite struct StoreChangesTests {
    private let directory: ScratchDirectory
    private let store: Store

    init() throws {
        directory = try ScratchDirectory()
        store = try Store(path: directory.path + "/store.sqlite")
    }

    /// Counts commits; on the database's queue.
    private final class CommitCounter: TransactionObserver, Sendable {
        let count = NIOLockedValueBox(0)

        func observes(eventsOfKind: DatabaseEventKind) -> Bool { true }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseDidCommit(_: Database) { count.withLockedValue { $0 += 1 } }
        func databaseDidRollback(_: Database) {}
    }

    private static func named(_ name: String?) -> ConfigurationChange {
        var change = ConfigurationChange()
        change.uniqueName = name.map { .set($0) } ?? .clear
        return change
    }

    /// Makes all changes, each if the revision is the one it is meant for, while the database has something else to do; returns what became of each, in the order in which
    /// they were told, and the number of commits.
    private func makeTogether(
        _ changes: [(change: ConfigurationChange, revision: Int?)]
    ) async throws -> (outcomes: [(number: Int, outcome: Store.Outcome)], commits: Int) {
        let counter = CommitCounter()
        store.database.add(transactionObserver: counter, extent: .observerLifetime)
        let gate = DispatchSemaphore(value: 0)
        store.database.asyncWriteWithoutTransaction { _ in gate.wait() }
        let told = NIOLockedValueBox<[(number: Int, outcome: Store.Outcome)]>([])
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            for (number, asked) in changes.enumerated() {
                store.change(asked.change, ifRevision: { asked.revision == nil || $0 == asked.revision }) { outcome in
                    let count = told.withLockedValue {
                        $0.append((number, outcome))
                        return $0.count
                    }
                    if count == changes.count { continuation.resume() }
                }
            }
            gate.signal()
        }
        return (told.withLockedValue { $0 }, counter.count.withLockedValue { $0 })
    }

    @Test func `they share a commit, in their order`() async throws {
        let result = try await makeTogether((1...16).map { (Self.named("cb\($0)"), nil) })
        #expect(result.commits == 1)
        #expect(result.outcomes.map(\.number) == Array(0..<16))
        for (number, outcome) in result.outcomes {
            guard case .stored(let configuration, let changed) = outcome else {
                Issue.record("not stored: \(outcome)")
                continue
            }
            #expect(configuration.revision == number + 1)
            #expect(configuration.uniqueName == "cb\(number + 1)")
            #expect(changed == [.uniqueName])
        }
        #expect(store.configuration.uniqueName == "cb16")
        let events = try await store.database.read { try EventRow.count(in: $0) }
        #expect(events == 16)
    }

    @Test func `each meets what the one before has left, and a refused one spoils none`() async throws {
        var impossible = ConfigurationChange()
        impossible.domain = .set(Array(repeating: String(repeating: "d", count: 60), count: 4).joined(separator: "."))
        let result = try await makeTogether([
            (Self.named("callbridge-of-a-long-name"), 0),
            (Self.named("late"), 0),
            (impossible, nil),
            (Self.named("callbridge-of-a-long-name"), nil),
            (Self.named("cb2"), 1),
        ])
        let words = result.outcomes.map { pair in
            switch pair.outcome {
            case .stored(let configuration, let changed): "stored \(configuration.revision) \(changed.count)"
            case .refused: "refused"
            case .stale: "stale"
            case .failed(let error): "failed \(error)"
            }
        }
        #expect(words == ["stored 1 1", "stale", "refused", "stored 1 0", "stored 2 1"])
        #expect(store.configuration.uniqueName == "cb2")
        #expect(store.configuration.domain == nil)
    }

    @Test func `where the commit fails none is stored, and all are told`() async throws {
        try await store.database.write { database in
            try database.execute(
                sql: """
                    CREATE TRIGGER full BEFORE UPDATE ON configuration WHEN new.revision = 3
                    BEGIN SELECT RAISE(ABORT, 'full'); END
                    """)
        }
        let result = try await makeTogether((1...4).map { (Self.named("cb\($0)"), nil) })
        #expect(result.outcomes.count == 4)
        for (_, outcome) in result.outcomes {
            guard case .failed = outcome else {
                Issue.record("not failed: \(outcome)")
                continue
            }
        }
        #expect(store.configuration.revision == 0)
        let stored = try await store.database.read { try ConfigurationRow.read($0) }
        #expect(stored.revision == 0)
        #expect(stored.uniqueName == nil)
        let events = try await store.database.read { try EventRow.count(in: $0) }
        #expect(events == 0)
    }
}
