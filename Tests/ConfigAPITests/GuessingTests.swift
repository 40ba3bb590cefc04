import BridgeEngine
import GRDB
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// What somebody who guesses names and passwords gets to see.
@Suite(.blocking) struct GuessingTests {
    private static let cheap = PasswordHash.Cost(logN: 4, r: 8, p: 1)

    private func credentials(_ name: String, _ password: String) throws -> BasicCredentials {
        try #require(
            BasicCredentials(authorization: HTTPClient.basicCredentials(user: name, password: password).value))
    }

    /// An authenticator for the user `admin` with the password `right`, at a time that the test says.
    private func authenticator(
        attempts: Int = 10, time: NIOLockedValueBox<ContinuousClock.Instant> = .init(.now),
        lookups: NIOLockedValueBox<Int> = .init(0)
    ) throws -> Authenticator {
        let hash = try PasswordHash(Secret("right"), cost: Self.cheap)
        return try Authenticator(cost: Self.cheap, attempts: attempts, now: { time.withLockedValue { $0 } }) { name in
            lookups.withLockedValue { $0 += 1 }
            return name == "admin" ? (User(name: name, role: .admin), hash) : nil
        }
    }

    private func verdict(
        _ authenticator: Authenticator, _ name: String, _ password: String, from address: String = "192.0.2.7"
    ) async throws -> Authenticator.Verdict {
        let credentials = try credentials(name, password)
        if let seconds = authenticator.wait(of: name, from: address) { return .throttled(retryAfter: seconds) }
        return await withCheckedContinuation { continuation in
            authenticator.verify(credentials, from: address) { continuation.resume(returning: $0) }
        }
    }

    private let admin = Authenticator.Verdict.accepted(User(name: "admin", role: .admin))

    @Test func `after ten wrong passwords the right one counts for nothing there, and does elsewhere`() async throws {
        let time = NIOLockedValueBox(ContinuousClock.now)
        let authenticator = try authenticator(time: time)
        #expect(try await verdict(authenticator, "admin", "right") == admin)
        for number in 0..<10 { #expect(try await verdict(authenticator, "admin", "wrong \(number)") == .refused) }
        // Also though it is remembered.
        #expect(try await verdict(authenticator, "admin", "right") == .throttled(retryAfter: 60))
        #expect(try await verdict(authenticator, "admin", "right", from: "192.0.2.8") == admin)
        #expect(try await verdict(authenticator, "other", "wrong") == .refused)
        time.withLockedValue { $0 += .milliseconds(59_001) }
        #expect(try await verdict(authenticator, "admin", "right") == .throttled(retryAfter: 1))
        time.withLockedValue { $0 += .seconds(1) }
        #expect(try await verdict(authenticator, "admin", "right") == admin)
    }

    @Test func `however many guesses come at once, ten are looked at`() async throws {
        let lookups = NIOLockedValueBox(0)
        let authenticator = try authenticator(lookups: lookups)
        var verdicts: [Authenticator.Verdict] = []
        // As many at once as may wait of one address.
        for first in stride(from: 0, to: 40, by: 8) {
            verdicts += try await withThrowingTaskGroup(of: Authenticator.Verdict.self) { group in
                for number in first..<first + 8 {
                    group.addTask {
                        try await verdict(authenticator, "admin", number == 39 ? "right" : "wrong \(number)")
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(lookups.withLockedValue { $0 } <= 11)
        #expect(verdicts.filter { $0 == .refused }.count <= 10)
        #expect(verdicts.filter { if case .throttled = $0 { true } else { false } }.count >= 29)
    }

    // MARK: Names

    @Test func `an unknown name is compared with a hash of the same cost, also among hashes of several costs`() throws {
        let scratch = try ScratchDirectory()
        let store = try Store(path: scratch.file("store.sqlite"))
        let authenticator = try Authenticator(decoy: { try store.decoy(for: $0) }) { try store.user($0) }
        // Without users nobody can be told from anybody.
        #expect(try authenticator.candidate(for: "nobody").hash.cost == .standard)
        try store.addUser("admin", role: .admin, password: Secret("right"))
        #expect(try authenticator.candidate(for: "nobody").hash.cost == authenticator.candidate(for: "admin").hash.cost)
        #expect(try authenticator.candidate(for: "nobody").user == nil)

        let costs = [Self.cheap, PasswordHash.Cost(logN: 5, r: 8, p: 2)]
        for (name, cost) in zip(["admin", "second"], costs) {
            if name != "admin" { try store.addUser(name, role: .api, password: Secret("right")) }
            try store.setHash(try PasswordHash(Secret("right"), cost: cost).stored, of: name)
        }
        let names = (0..<64).map { "nobody-\($0)" }
        let seen = try names.map { try authenticator.candidate(for: $0).hash.cost }
        #expect(Set(seen.map(\.logN)) == Set(costs.map(\.logN)))
        // The same each time: a name whose cost changes would be nobody's.
        #expect(try names.map { try authenticator.candidate(for: $0).hash.cost } == seen)
    }

    @Test func `the password of the hash that stands in lets nobody in`() async throws {
        let hash = try PasswordHash(Secret("right"), cost: Self.cheap)
        let authenticator = try Authenticator(decoy: { _ in hash }) { _ in nil }
        #expect(try await verdict(authenticator, "nobody", "right") == .refused)
        #expect(authenticator.remembered(try credentials("nobody", "right")) == nil)
    }

    @Test func `an unknown name takes as long as a wrong password`() async throws {
        let hash = try PasswordHash(Secret("right"))
        let authenticator = try Authenticator(attempts: 0, decoy: { _ in hash }) { name in
            name == "admin" ? (User(name: name, role: .admin), hash) : nil
        }
        var times: [String: [Duration]] = [:]
        // By turns, so that a busy machine is busy for both.
        for number in 0..<7 {
            for name in ["admin", "nobody"] {
                let start = ContinuousClock.now
                #expect(try await verdict(authenticator, name, "wrong \(number)") == .refused)
                times[name, default: []].append(start.duration(to: .now))
            }
        }
        let medians = times.mapValues { $0.sorted()[3] }
        let (known, unknown) = (try #require(medians["admin"]), try #require(medians["nobody"]))
        // Without a hash to compare with it would be a thousandth.
        #expect(unknown > known / 3 && known > unknown / 3, "\(known) and \(unknown)")
    }

    // MARK: Over the API

    @Test(arguments: [false, true]) func `a 429 says when to come again`(isJSON: Bool) async throws {
        let harness = try APIHarness()
        let wrong = [HTTPClient.basicCredentials(user: "admin", password: "wrong")]
        let accept = isJSON ? [(name: "Accept", value: "application/json")] : []
        for _ in 0..<10 {
            let answer = try await harness.ask("GET", "/api/v1/configuration/xmpp", wrong + accept, user: nil)
            #expect(answer.status == 401)
        }
        let answer = try await harness.ask("PUT", "/api/v1/configuration/xmpp", accept, body: "domain=a", user: "admin")
        #expect(answer.status == 429)
        let seconds = try #require(answer.header("Retry-After").flatMap { Int($0) })
        #expect((1...60).contains(seconds))
        if isJSON {
            #expect(answer.header("Content-Type") == "application/problem+json")
            #expect(answer.body.hasPrefix(#"{"type":"about:blank","title":"invalidOperation","status":429,"detail":""#))
        } else {
            #expect(answer.body == #"<?xml version="1.0"?><failureDetails><invalidOperation /></failureDetails>"#)
        }
        #expect(harness.store.configuration.revision == 0)
        // Others are not held up, and who says no name is told to.
        #expect(try await harness.ask("GET", "/api/v1/configuration/xmpp", user: "reader").status == 200)
        #expect(try await harness.ask("GET", "/api/v1/configuration/xmpp", user: nil).status == 401)
    }

    @Test func `requests without credentials do not count`() async throws {
        let harness = try APIHarness()
        for _ in 0..<30 {
            #expect(try await harness.ask("GET", "/api/v1/configuration/xmpp", user: nil).status == 401)
        }
        #expect(try await harness.ask("GET", "/api/v1/configuration/xmpp").status == 200)
    }
}

extension Store {
    /// Puts a hash of any cost in the place of a user's.
    fileprivate func setHash(_ hash: String, of name: String) throws {
        try database.write { try UserRow.set(hash: hash, of: name, in: $0) }
    }
}
