import Dispatch
import Foundation
import GRDB
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// Logins in the database: how often they are written, how many stay, and what never gets there.
@Suite struct LoginLogTests {
    private let harness: LoginLogHarness
    private var log: LoginLog { harness.log }

    init() throws {
        harness = try LoginLogHarness()
    }

    @Test func `a second's logins are one transaction, and a quiet log has no timer`() async throws {
        #expect(harness.timers == 0)
        for name in ["alice", "bob", "alice"] { log.note(.sample(name), askedBy: nil) }
        #expect(harness.timers == 1)
        #expect(try await harness.stored().isEmpty)
        harness.tick()
        #expect(try await harness.stored().map(\.name) == ["bob@example.test", "alice@example.test"])
        #expect(harness.commits.count == 1)
        harness.tick(seconds: 59)
        #expect(try await harness.stored().map(\.count) == [1, 2])
        #expect(harness.commits.count == 1)
        harness.tick()
        #expect(harness.timers == 0)
        log.note(.sample(), askedBy: nil)
        #expect(harness.timers == 1)
    }

    @Test func `who reads finds what was added before`() async throws {
        log.note(.sample("alice", .accepted), askedBy: Requester(user: "gate", address: "192.0.2.7"))
        harness.events.add(.change)
        log.note(.sample("alice", .accepted), askedBy: Requester(user: "gate", address: "192.0.2.7"))
        #expect(try await harness.read().map(\.count) == [2, 1])
        log.note(.sample("alice", .accepted), askedBy: Requester(user: "gate", address: "192.0.2.7"))
        harness.tick()
        let event = try #require(try await harness.read().first)
        #expect(event.kind == .loginAccepted && event.door == .api && event.reason == nil && event.count == 3)
        #expect(event.requester == Requester(user: "gate", address: "192.0.2.7"))
        let commits = harness.commits.count
        _ = try await harness.read()
        #expect(harness.commits.count == commits)
    }

    @Test func `the end writes what waits`() async throws {
        log.note(.sample(), askedBy: nil)
        harness.tick()
        log.note(.sample(), askedBy: nil)
        log.note(.sample("bob"), askedBy: nil)
        await harness.events.flush()
        #expect(try await harness.stored().map(\.count) == [1, 2])
    }

    @Test func `the timer of the real one writes within seconds`() async throws {
        let log = LoginLog(harness.store.database, logger: HTTPTestServer.logger)
        log.note(.sample(), askedBy: nil)
        let deadline = ContinuousClock.now + .seconds(60)
        while try await harness.stored().isEmpty, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await harness.stored().map(\.count) == [1])
    }

    /// A hundred seconds of 200 logins each: 20,000 logins of 5,000 names.
    @Test func `a load costs a transaction a second, and bounded rows and memory`() async throws {
        var most = 0
        for second in 0..<100 {
            for attempt in 0..<200 {
                log.note(.sample("user\((second * 200 + attempt) % 5000)"), askedBy: nil)
            }
            most = max(most, log.count)
            harness.tick()
            _ = try await harness.store.database.read { try EventRow.count(in: $0) }
        }
        #expect(harness.commits.count <= 100)
        #expect(most <= LoginEvents.mostNames + 1)
        await harness.events.flush()
        let stored = try await harness.stored()
        #expect(stored.map(\.count).reduce(0, +) == 20_000)
        #expect(stored.count <= 2 * (LoginEvents.mostNames + 1))
    }

    @Test func `a database that does not answer for a while loses no login`() async throws {
        harness.events.add(.change)
        await harness.events.flush()
        let (isHeld, mayGo) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        harness.store.database.asyncWriteWithoutTransaction { _ in
            isHeld.signal()
            mayGo.wait()
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                isHeld.wait()
                continuation.resume()
            }
        }
        let commits = harness.commits.count
        for second in 0..<300 {
            for attempt in 0..<200 { log.note(.sample("guess-\(second)-\(attempt)"), askedBy: nil) }
            harness.tick()
        }
        #expect(log.count <= 2 * (LoginEvents.mostNames + 1))
        mayGo.signal()
        await harness.events.flush()
        // However many seconds it was, one write was on its way.
        #expect(harness.commits.count - commits <= 2)
        let stored = try await harness.stored()
        #expect(stored.last == .change)
        #expect(stored.dropLast().map(\.count).reduce(0, +) == 300 * 200)
    }

    @Test func `what could not be stored is, a minute later or when somebody reads`() async throws {
        func rename(_ old: String, _ new: String) async throws {
            try await harness.store.database.write { try $0.execute(sql: "ALTER TABLE \(old) RENAME TO \(new)") }
        }
        try await rename("event", "gone")
        log.note(.sample(), askedBy: nil)
        harness.tick()
        await #expect(throws: (any Error).self) { try await harness.stored() }
        log.note(.sample(), askedBy: nil)
        try await rename("gone", "event")
        harness.tick(seconds: 59)
        #expect(try await harness.stored().isEmpty)
        #expect(harness.lines.withLockedValue { $0 } == ["logins could not be stored as events"])
        harness.tick()
        #expect(try await harness.stored().map(\.count) == [2])
        try await rename("event", "gone")
        log.note(.sample("bob"), askedBy: nil)
        harness.tick()
        await #expect(throws: (any Error).self) { try await harness.stored() }
        try await rename("gone", "event")
        #expect(try await harness.read().map(\.name) == ["bob@example.test", "alice@example.test"])
    }

    @Test func `logins push out none but their like`() async throws {
        harness.events.add(.change)
        harness.events.add(Event(.connectionLost))
        harness.events.add(Event(.reconnectRequested))
        log.note(.sample("alice", .accepted), askedBy: nil)
        log.note(.sample("alice", .failed(.timedOut)), askedBy: nil)
        await harness.events.flush()
        // Twelve minutes of a guesser.
        for minute in 0..<12 {
            for attempt in 0..<1500 { log.note(.sample("guess-\(minute)-\(attempt)"), askedBy: nil) }
            harness.tick(seconds: 62)
            _ = try await harness.store.database.read { try EventRow.count(in: $0) }
        }
        await harness.events.flush()
        let stored = try await harness.stored()
        let refused = stored.filter { $0.kind == .loginRefused }
        #expect((EventRow.most...EventRow.most + 1000).contains(refused.count))
        #expect(refused.first?.name == nil && refused.first?.count == 500)
        #expect(
            stored.filter { $0.kind != .loginRefused }.map(\.kind) == [
                .loginFailed, .loginAccepted, .reconnectRequested, .connectionLost, .configurationChanged,
            ])
    }

    @Test func `many threads lose no login`() async throws {
        let threads = (0..<4).map { thread in
            BackgroundThread { [log] in
                for attempt in 0..<5000 {
                    log.note(
                        .sample("user\(attempt % 1250)", thread % 2 == 0 ? .accepted : .refused(.notAuthorized)),
                        askedBy: nil)
                    if attempt % 500 == 0 { log.writeWaiting() }
                }
            }
        }
        for thread in threads { try thread.join() }
        await harness.events.flush()
        let stored = try await harness.stored()
        #expect(stored.map(\.count).reduce(0, +) == 20_000)
        #expect(stored.count == 2 * (LoginEvents.mostNames + 1))
    }

    @Test func `no password gets into the database`() async throws {
        for verdict in LoginVerdict.allCases { log.note(.sample("alice", verdict), askedBy: nil) }
        await harness.events.flush()
        #expect(try await harness.stored().count == LoginVerdict.allCases.count)
        let path = harness.directory.path
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
            #expect(bytes.range(of: Data(LoginReport.password.utf8)) == nil, "\(name)")
        }
        let written = try Data(contentsOf: URL(fileURLWithPath: "\(path)/store.sqlite-wal"))
        #expect(written.range(of: Data("alice@example.test".utf8)) != nil, "the search finds what is there")
    }
}
