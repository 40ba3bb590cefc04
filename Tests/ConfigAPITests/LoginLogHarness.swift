import GRDB
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// A log of logins whose seconds pass when a test says so.
final class LoginLogHarness: Sendable {
    /// Counts what is committed.
    final class Commits: TransactionObserver, Sendable {
        private let box = NIOLockedValueBox(0)
        var count: Int { box.withLockedValue { $0 } }

        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseDidCommit(_ db: Database) { box.withLockedValue { $0 += 1 } }
        func databaseDidRollback(_ db: Database) {}
    }

    private struct State {
        var now = ContinuousClock.now
        var timers: [@Sendable () -> Void] = []
    }

    let directory: ScratchDirectory
    let store: Store
    let log: LoginLog
    let events: EventLog
    let commits = Commits()
    let lines = NIOLockedValueBox<[String]>([])
    private let state = NIOLockedValueBox(State())

    init() throws {
        directory = try ScratchDirectory()
        store = try Store(path: directory.path + "/store.sqlite")
        let logger = Logger(label: "test") { [lines] _ in NotedLines(lines: lines) }
        log = LoginLog(store.database, logger: logger) { [state] in
            state.withLockedValue { $0.now }
        } later: { [state] body in
            state.withLockedValue { $0.timers.append(body) }
        }
        events = EventLog(store, logger: logger, logins: log)
        store.database.add(transactionObserver: commits)
    }

    /// How many timers wait.
    var timers: Int { state.withLockedValue { $0.timers.count } }

    /// Lets a second pass; what that begins to write is begun when it returns.
    func tick(seconds: Int = 1) {
        for _ in 0..<seconds {
            let due = state.withLockedValue { state in
                state.now += .seconds(1)
                defer { state.timers = [] }
                return state.timers
            }
            for timer in due { timer() }
        }
    }

    /// What is in the database once what was begun is done, the latest first.
    func stored() async throws -> [Event] {
        try await store.database.read { database in
            try stride(from: 0, through: EventRow.most * 4, by: Page.largest).flatMap { offset in
                try EventRow.page(Page(query: "limit=\(Page.largest)&offset=\(offset)"), in: database).map(\.event)
            }
        }
    }

    /// What the API would tell.
    func read() async throws -> [Event] {
        let page = try Page(query: "limit=\(Page.largest)")
        return try await withCheckedThrowingContinuation { continuation in
            events.read(page) { result in continuation.resume(with: result.map { $0.entries.map(\.event) }) }
        }
    }
}
