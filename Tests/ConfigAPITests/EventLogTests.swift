import GRDB
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

@Suite struct EventLogTests {
    private let directory: ScratchDirectory
    private let path: String
    private let store: Store
    private let log: EventLog
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        directory = try ScratchDirectory()
        path = directory.path + "/store.sqlite"
        store = try Store(path: path)
        log = EventLog(store, logger: logger)
    }

    private func entries(of log: EventLog? = nil, offset: Int = 0, limit: Int = 500) async throws -> [EventLog.Entry] {
        let page = try Page(query: "offset=\(offset)&limit=\(limit)")
        return try await withCheckedThrowingContinuation { continuation in
            (log ?? self.log).read(page) { continuation.resume(with: $0.map(\.entries)) }
        }
    }

    /// What is in the database by now, without what waits.
    private func stored() async throws -> [EventLog.Entry] {
        try await store.database.read { try EventRow.page(Page(query: "limit=500"), in: $0) }
    }

    private func change(_ change: ConfigurationChange, by requester: Requester? = nil) async -> Store.Outcome {
        await withCheckedContinuation { continuation in
            store.change(change, by: requester) { continuation.resume(returning: $0) }
        }
    }

    @Test func `events are numbered, the latest comes first, and they outlast the process`() async throws {
        log.add(.change)
        log.add(.failed())
        var stopped = Event(.stopped, at: Timestamp(milliseconds: 5))
        stopped.revision = 1
        log.add(stopped)
        let before = try await entries()
        #expect(before.map(\.id) == [3, 2, 1])
        #expect(before.map(\.event) == [stopped, .failed(), .change])
        let again = EventLog(try Store(path: path), logger: logger)
        again.add(Event(.stopped))
        #expect(try await entries(of: again).map(\.id) == [4, 3, 2, 1])
        #expect(try await Array(entries(of: again).dropFirst()) == before)
        #expect(try await entries(offset: 1, limit: 2).map(\.id) == [3, 2])
        #expect(try await entries(offset: 4).isEmpty)
    }

    @Test func `a month of the same failure is one event`() async throws {
        for minute in 0..<43_200 { log.add(.failed(at: Int64(minute * 60))) }
        log.add(Event(.connected, at: Timestamp(milliseconds: 43_200 * 60_000)))
        let entries = try await entries()
        #expect(entries.map(\.id) == [2, 1])
        let failed = try #require(entries.last?.event)
        #expect(failed.at == Timestamp(milliseconds: 0))
        #expect(failed.count == 43_200)
        #expect(failed.lastAt == Timestamp(milliseconds: 43_199 * 60_000))
        #expect(failed.detail == "At \(43_199 * 60) <nobody> listened.")
    }

    @Test func `a count is written every ten minutes, when it is asked for, and at the end`() async throws {
        func count() async throws -> Int? { try await stored().first?.event.count }
        log.add(.failed(at: 0))
        await log.flush()
        for second in 1..<600 { log.add(.failed(at: Int64(second))) }
        #expect(try await count() == 1)
        log.add(.failed(at: 600))
        // The database does one thing after the other.
        #expect(try await count() == 601)
        log.add(.failed(at: 601))
        #expect(try await count() == 601)
        #expect(try await entries().first?.event.count == 602)
        log.add(.failed(at: 602))
        await log.flush()
        #expect(try await count() == 603)
    }

    @Test func `other reasons, revisions and outages are other events, however they alternate`() async throws {
        for round in 0..<10 {
            log.add(.failed(.connectionRefused, at: Int64(round * 60)))
            log.add(.failed(.dnsTimeout, at: Int64(round * 60 + 30)))
        }
        #expect(try await entries().map(\.event.count) == [10, 10])
        log.add(.failed(revision: 2))
        log.add(.failed(outage: "p", revision: 2))
        #expect(try await entries().map(\.event.count) == [1, 1, 10, 10])
    }

    @Test func `a change and its event are one`() async throws {
        var wanted = ConfigurationChange()
        wanted.domain = .set("example.test")
        wanted.sharedSecret = .set(Secret("hush"))
        let admin = Requester(user: "admin", address: "2001:db8::7")
        _ = await change(wanted, by: admin)
        _ = await change(wanted, by: admin)
        let event = try #require(try await entries().first?.event)
        #expect(event.kind == .configurationChanged && event.requester == admin && event.revision == 1)
        #expect(event.fields == ["domain", "sharedSecret"])
        #expect(try await entries().count == 1)
        try await store.database.write { try $0.execute(sql: "DROP TABLE event") }
        wanted.domain = .set("other.test")
        guard case .failed = await change(wanted, by: admin) else {
            Issue.record("changed without an event")
            return
        }
        #expect(store.configuration.domain == "example.test")
        #expect(try Store(path: path).configuration == store.configuration)
    }

    @Test func `users changed by the command line are there`() async throws {
        let other = try Store(path: path)
        try other.addUser("bob", role: .admin, password: Secret("pw"))
        try other.addUser("eve", role: .readonly, password: Secret("pw"))
        try other.setPassword(Secret("other"), ofUser: "bob")
        try other.setRole(.api, ofUser: "eve")
        try other.setRole(.api, ofUser: "eve")
        try other.removeUser("eve")
        #expect(throws: UserError.self) { try other.removeUser("bob") }
        let lines = try await entries().reversed().map { entry in
            "\(entry.event.kind) \(entry.event.name ?? "-") \(entry.event.fields.joined())"
        }
        #expect(
            lines == [
                "userAdded bob ", "userAdded eve ", "userChanged bob password", "userChanged eve role",
                "userRemoved eve ",
            ])
    }

    @Test func `the oldest of each sort go, each for itself`() async throws {
        for _ in 0..<20 { log.add(.change) }
        for _ in 0..<50 { log.add(Event(.connectionLost)) }
        for _ in 0..<40 { log.add(Event(.reconnectRequested)) }
        await log.flush()
        try await store.database.write { try EventRow.trim(keeping: 30, in: $0) }
        #expect(try await entries().map(\.id) == (Array(1...20) + Array(41...70) + Array(81...110)).reversed())
        try await store.database.write { try EventRow.trim(keeping: 5, in: $0) }
        #expect(try await entries().map(\.id) == (Array(16...20) + Array(66...70) + Array(106...110)).reversed())
        log.add(.change)
        #expect(try await entries().first?.id == 111)
    }

    @Test func `thousands of new users don't push out who changed what`() async throws {
        log.add(.change)
        for _ in 0..<20 { log.add(Event(.bridgeUserAdded)) }
        log.add(Event(.userAdded))
        for kind in [Event.Kind.bridgeUserChanged, .bridgeUserRemoved] { log.add(Event(kind)) }
        await log.flush()
        try await store.database.write { try EventRow.trim(keeping: 5, in: $0) }
        #expect(try await entries().map(\.id) == [24, 23, 22, 21, 20, 19, 1])
    }

    @Test func `no more than ten thousand and a few are kept`() async throws {
        try await store.database.write { database in
            for _ in 0..<EventRow.most + 2 * EventRow.trimInterval {
                try EventRow.add(Event(.connectionLost), in: database)
            }
        }
        let count = try await store.database.read { try EventRow.count(in: $0) }
        #expect((EventRow.most...EventRow.most + EventRow.trimInterval).contains(count))
    }

    @Test func `an event of another version is passed over`() async throws {
        try await store.database.write { database in
            try database.execute(sql: "INSERT INTO event (at, type, count) VALUES (1, 'moonLanding', 1)")
        }
        log.add(.change)
        #expect(try await entries().map(\.id) == [2])
    }

    @Test func `what can't be written waits until it can be`() async throws {
        try await store.database.write { try $0.execute(sql: "ALTER TABLE event RENAME TO gone") }
        log.add(.failed())
        await log.flush()
        await #expect(throws: (any Error).self) { try await entries() }
        try await store.database.write { try $0.execute(sql: "ALTER TABLE gone RENAME TO event") }
        log.add(.failed(at: 1))
        log.add(Event(.stopped))
        #expect(try await entries().map(\.event.kind) == [.stopped, .connectionFailed])
        #expect(try await stored().map(\.event.count) == [1, 2])
    }

    @Test func `a wish for a new connection has its line and its event`() async throws {
        let lines = NIOLockedValueBox<[String]>([])
        let log = EventLog(store, logger: Logger(label: "test") { _ in NotedLines(lines: lines) })
        log.noteReconnect(by: Requester(user: "admin", address: "192.0.2.7"), revision: 4)
        #expect(lines.withLockedValue { $0 } == [#"192.0.2.7: API user "admin" requested XMPP reconnect"#])
        let event = try #require(try await entries(of: log).first?.event)
        #expect(event.kind == .reconnectRequested && event.revision == 4 && event.requester?.user == "admin")
    }
}
