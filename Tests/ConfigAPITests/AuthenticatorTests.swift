import BridgeEngine
import Dispatch
import HTTPTypes
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// Each test stops the proofs where they look up the hash, and lets them go on when everything is in place.
@Suite struct AuthenticatorTests {
    private static let cheap = PasswordHash.Cost(logN: 4, r: 8, p: 1)

    /// Users in memory, behind a gate.
    private final class Directory: Sendable {
        struct Counts {
            var names: [String] = []
            var lookups: Int { names.count }
            var running = 0
            var mostRunning = 0
        }

        let counts = NIOLockedValueBox(Counts())
        let entered = DispatchSemaphore(value: 0)
        let gate = DispatchSemaphore(value: 0)
        let hash: NIOLockedValueBox<PasswordHash>

        init() throws { hash = NIOLockedValueBox(try PasswordHash(Secret("right"), cost: AuthenticatorTests.cheap)) }

        func find(_ name: String) -> (user: User, hash: PasswordHash)? {
            counts.withLockedValue { counts in
                counts.names.append(name)
                counts.running += 1
                counts.mostRunning = max(counts.mostRunning, counts.running)
            }
            let hash = hash.withLockedValue { $0 }
            entered.signal()
            gate.wait()
            counts.withLockedValue { $0.running -= 1 }
            return name == "admin" ? (User(name: name, role: .admin), hash) : nil
        }

        func open(_ times: Int) { for _ in 0..<times { gate.signal() } }
    }

    /// The verdicts as they come.
    private final class Verdicts: Sendable {
        private let list = NIOLockedValueBox<[Authenticator.Verdict]>([])
        private let came = DispatchSemaphore(value: 0)

        var soFar: [Authenticator.Verdict] { list.withLockedValue { $0 } }

        func note(_ verdict: Authenticator.Verdict) {
            list.withLockedValue { $0.append(verdict) }
            came.signal()
        }

        func wait(for count: Int) -> [Authenticator.Verdict] {
            for _ in 0..<count where came.wait(timeout: .now() + 30) == .timedOut {
                Issue.record("only \(soFar.count) of \(count) verdicts came")
                break
            }
            return soFar
        }
    }

    private let directory: Directory
    private let authenticator: Authenticator
    private let verdicts = Verdicts()

    init() throws {
        let directory = try Directory()
        self.directory = directory
        authenticator = try Authenticator(cost: Self.cheap, attempts: 0) { directory.find($0) }
    }

    private func credentials(_ name: String, _ password: String) throws -> BasicCredentials {
        let line = HTTPClient.basicCredentials(user: name, password: password)
        return try #require(BasicCredentials(authorization: line.value))
    }

    private func verify(_ name: String, _ password: String = "right", from address: String = "192.0.2.7") throws {
        authenticator.verify(try credentials(name, password), from: address) { [verdicts] in verdicts.note($0) }
    }

    /// Two proofs under way, 64 waiting, of eight addresses.
    private func fill() throws {
        for name in ["a", "b"] {
            try verify(name)
            directory.entered.wait()
        }
        for number in 0..<64 { try verify("waiting-\(number)", from: "192.0.2.\(number % 8)") }
    }

    @Test func `two proofs are made at once, 64 wait, the next is told at once`() throws {
        try fill()
        #expect(verdicts.soFar.isEmpty)
        try verify("one too many", from: "192.0.2.8")
        #expect(verdicts.soFar == [.busy])
        // More of what waits already is no more work.
        try verify("waiting-63", from: "192.0.2.8")
        #expect(verdicts.soFar == [.busy])
        directory.open(66)
        #expect(verdicts.wait(for: 68).filter { $0 == .refused }.count == 67)
        #expect(directory.counts.withLockedValue { $0.lookups } == 66)
        #expect(directory.counts.withLockedValue { $0.mostRunning } == 2)
        // There is room again.
        directory.open(1)
        try verify("one too many")
        #expect(verdicts.wait(for: 1).last == .refused)
    }

    @Test func `an address that guesses names has its share of the line, and another's turn comes next`() throws {
        for name in ["a", "b"] {
            try verify(name, from: "2001:db8::7")
            directory.entered.wait()
        }
        // An IPv6 network is one address.
        for number in 0..<8 { try verify("waiting-\(number)", from: "2001:db8::\(number)") }
        try verify("one too many", from: "2001:db8::7")
        #expect(verdicts.soFar == [.busy])
        try verify("admin", from: "192.0.2.8")
        try verify("other", from: "192.0.2.9")
        for _ in 0..<4 {
            directory.open(1)
            directory.entered.wait()
        }
        #expect(
            directory.counts.withLockedValue { $0.names } == ["a", "b", "waiting-0", "admin", "other", "waiting-1"])
        // Its share has room again.
        try verify("one too many", from: "2001:db8::7")
        directory.open(9)
        #expect(verdicts.wait(for: 14).filter { $0 == .busy }.count == 1)
    }

    @Test func `many clients of one user cost one proof`() throws {
        try verify("admin")
        directory.entered.wait()
        for _ in 0..<500 { try verify("admin") }
        directory.open(1)
        #expect(verdicts.wait(for: 501).allSatisfy { $0 == .accepted(User(name: "admin", role: .admin)) })
        #expect(directory.counts.withLockedValue { $0.lookups } == 1)
    }

    @Test func `one wrong password, sent many times at once, is one guess at each address`() throws {
        let directory = directory
        let authenticator = try Authenticator(cost: Self.cheap, attempts: 2) { directory.find($0) }
        func verify(_ password: String, from address: String) throws {
            authenticator.verify(try credentials("admin", password), from: address) { [verdicts] in verdicts.note($0) }
        }
        try verify("wrong", from: "192.0.2.7")
        directory.entered.wait()
        // They wait for the first, and are then proved once more.
        for _ in 0..<50 { try verify("wrong", from: "192.0.2.7") }
        for _ in 0..<50 { try verify("wrong", from: "192.0.2.8") }
        directory.open(2)
        #expect(verdicts.wait(for: 101).allSatisfy { $0 == .refused })
        #expect(directory.counts.withLockedValue { $0.lookups } == 2)
        #expect(authenticator.wait(of: "admin", from: "192.0.2.7") != nil)
        #expect(authenticator.wait(of: "admin", from: "192.0.2.8") == nil)
    }

    @Test func `who has to wait by the time of his turn is not proved`() throws {
        let directory = directory
        let authenticator = try Authenticator(cost: Self.cheap, attempts: 1) { directory.find($0) }
        for password in ["wrong", "right"] {
            authenticator.verify(try credentials("admin", password), from: "192.0.2.7") { [verdicts] in
                verdicts.note($0)
            }
            if password == "wrong" { directory.entered.wait() }
        }
        // The second had a lane of its own, and may be told so while the first is under way.
        #expect(verdicts.wait(for: 1) == [.throttled(retryAfter: 1)])
        directory.open(1)
        #expect(verdicts.wait(for: 1).last == .refused)
        #expect(directory.counts.withLockedValue { $0.lookups } == 1)
    }

    @Test func `a proof is not remembered if the users changed meanwhile`() throws {
        try verify("admin")
        directory.entered.wait()
        directory.hash.withLockedValue { $0 = (try? PasswordHash(Secret("new"), cost: Self.cheap)) ?? $0 }
        authenticator.forgetAll()
        // For the look-up that was under way, and for the one that follows.
        directory.open(2)
        // Right when the hash was read, but not any more.
        #expect(verdicts.wait(for: 1) == [.refused])
        directory.entered.wait()
        #expect(authenticator.remembered(try credentials("admin", "right")) == nil)
        directory.open(2)
        try verify("admin")
        #expect(verdicts.wait(for: 1).last == .refused)
        try verify("admin", "new")
        #expect(verdicts.wait(for: 1).last == .accepted(User(name: "admin", role: .admin)))
        #expect(authenticator.remembered(try credentials("admin", "new"))?.name == "admin")
    }

    @Test func `a proof that nobody waits for any more is not made, and makes room`() throws {
        for name in ["a", "b"] {
            try verify(name)
            directory.entered.wait()
        }
        let isWanted = NIOLockedValueBox(true)
        for number in 0..<8 {
            authenticator.verify(
                try credentials("gone-\(number)", "right"), from: "192.0.2.7",
                isWanted: { isWanted.withLockedValue { $0 } }
            ) { [verdicts] in verdicts.note($0) }
        }
        try verify("no room")
        #expect(verdicts.soFar == [.busy])
        isWanted.withLockedValue { $0 = false }
        try verify("room")
        directory.open(3)
        let all = verdicts.wait(for: 12)
        #expect(all.count { $0 == .busy } == 9)
        #expect(all.count { $0 == .refused } == 3)
        #expect(directory.counts.withLockedValue { $0.names } == ["a", "b", "room"])
    }

    @Test func `a request that comes during a proof is judged by the users of now`() throws {
        // The first has read the old hash; the second comes after the change and must not be given its verdict.
        try verify("admin", "new")
        directory.entered.wait()
        directory.hash.withLockedValue { $0 = (try? PasswordHash(Secret("new"), cost: Self.cheap)) ?? $0 }
        authenticator.forgetAll()
        try verify("admin", "new")
        directory.open(2)
        #expect(verdicts.wait(for: 2) == [.refused, .accepted(User(name: "admin", role: .admin))])
    }

    @Test func `a lookup that fails is no refusal`() throws {
        let authenticator = try Authenticator(cost: Self.cheap) { _ in throw StoreError("broken") }
        authenticator.verify(try credentials("admin", "right"), from: "192.0.2.7") { [verdicts] in verdicts.note($0) }
        #expect(verdicts.wait(for: 1) == [.unknown])
    }

    @Test func `too many proofs are a 503 that says when to come again`() async throws {
        let harness = try APIHarness()
        let handler = APIHandler(
            authenticator: authenticator, resources: harness.handler.resources,
            metrics: harness.requestMetrics, serverName: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try fill()
        var fields = HTTPFields()
        fields[.authorization] = HTTPClient.basicCredentials(user: "admin", password: "right").value
        let request = HTTPServerRequest(
            method: .get, target: "/api/v1/system/status", headerFields: fields, body: [], remoteAddress: "192.0.2.7",
            isSecure: false)
        let response = await withCheckedContinuation { continuation in
            if let now = handler.answer(request, ContinuationResponder(continuation)) {
                continuation.resume(returning: now)
            }
        }
        #expect(response.status == .serviceUnavailable)
        #expect(response.headerFields[.retryAfter] == "1")
        directory.open(66)
    }
}
