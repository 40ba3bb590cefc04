import Logging
import NIOCore
import TestSupport
import Testing

@testable import BridgeEngine

/// Logins over the connection of a whole bridge: what is counted and told of them, and when.
@Suite(.timeLimit(.minutes(5))) struct BridgeLoginTests {
    private let lab: BridgeLab
    private let server: LoginServer

    init() async throws {
        lab = try BridgeLab()
        server = try await LoginServer.start(lab.tls, group: lab.group)
    }

    private func options(pause: Duration = .seconds(3600)) -> BridgeOptions {
        var options = BridgeOptions()
        options.limits = .patientToTheEnd
        options.limits.login = .seconds(600)
        options.pingInterval = .zero
        options.loginPause = pause
        options.draw = { _ in .zero }
        return options
    }

    private func connect(
        _ logins: any LoginRequestHandler, pause: Duration = .seconds(3600), log: WatchedValue<[String]>? = nil,
        level: Logger.Level = .trace
    ) async throws -> WatchedBridge {
        let logger = Logger(label: "test") { _ in
            guard let log else { return SwiftLogNoOpLogHandler() }
            var handler = NotedLog(log)
            handler.logLevel = level
            return handler
        }
        let bridge = WatchedBridge(try lab.bridge(options(pause: pause), logins: logins, logger: logger))
        bridge.bridge.apply(lab.settings(port: server.port), revision: 1)
        _ = try await bridge.next { $0.state == .connected }
        return bridge
    }

    private func end(_ bridge: WatchedBridge) async throws {
        await bridge.stop()
        try await server.stop()
    }

    private func ask(_ names: String...) { ask(names) }

    private func ask(_ names: [String]) {
        server.send(names.map { LoginXML.ask(user: $0, id: $0) }.joined())
    }

    private func counts(_ accepted: Int, _ refused: Int, _ failed: Int) -> LoginCounts {
        var counts = LoginCounts()
        for (verdict, count) in [
            (LoginVerdict.accepted, accepted), (.refused(.notAuthorized), refused), (.failed(.storeFailed), failed),
        ] {
            for _ in 0..<count { counts.count(verdict) }
        }
        return counts
    }

    // MARK: Counts

    @Test func `the first login is told at once, those behind it together`() async throws {
        let logins = HeldLogins()
        let bridge = try await connect(logins)
        #expect(bridge.statuses.value.allSatisfy { ($0.loginRequests != nil) == ($0.state == .connected) })
        let connected = bridge.bridge.status
        #expect(connected.loginRequests == LoginCounts())
        ask("a")
        try await logins.decide("a")
        _ = try await server.answers(1)
        var first = connected
        first.loginRequests = counts(1, 0, 0)
        first.sequence += 1
        #expect(bridge.bridge.status == first)
        #expect(bridge.statuses.value.last == first)
        ask("b", "c", "d", "e", "f")
        try await logins.decide("b", .refused(.notAuthorized))
        try await logins.decide("c", .refused(.tooManyAttempts))
        try await logins.decide("d", .failed(.storeFailed))
        try await logins.decide("e", .failed(.serviceFailed))
        try await logins.decide("f", .failed(.timedOut))
        _ = try await server.answers(6)
        #expect(bridge.bridge.counters.logins == counts(1, 2, 3))
        #expect(bridge.bridge.status == first)
        #expect(bridge.statuses.value.last == first)
        // Whatever is told next tells them too.
        bridge.bridge.apply(lab.settings(port: server.port), revision: 2)
        #expect(bridge.bridge.status.loginRequests == counts(1, 2, 3))
        #expect(bridge.bridge.status.sequence == first.sequence + 1)
        try await end(bridge)
        #expect(bridge.bridge.status.loginRequests == nil)
    }

    @Test func `logins are told again once the pause is over, and no sooner`() async throws {
        let logins = HeldLogins()
        let pause = Duration.milliseconds(100)
        let bridge = try await connect(logins, pause: pause)
        let before = bridge.bridge.status
        let start = ContinuousClock.now
        for round in 1...10 {
            let names = (1...20).map { "user\(round)-\($0)" }
            ask(names)
            for name in names { try await logins.decide(name) }
        }
        let (status, _) = try await bridge.next { $0.loginRequests?.accepted == 200 }
        let time = ContinuousClock.now - start
        let told = Int(status.sequence - before.sequence)
        #expect(told >= 2)
        #expect(pause * (told - 1) <= time)
        // The last ones were told by themselves, and then there is nothing more to tell.
        #expect(bridge.bridge.status == status)
        try await end(bridge)
    }

    @Test func `each connection counts for itself, and a verdict that comes late for none`() async throws {
        let logins = HeldLogins(isStubborn: true)
        let bridge = try await connect(logins)
        ask("a", "late")
        try await logins.decide("a")
        _ = try await server.answers(1)
        _ = try await logins.state.wait { $0.waiting["late"] != nil }
        let passed = bridge.statuses.value.count
        server.hangUp()
        let (lost, _) = try await bridge.next(after: passed) { $0.state != .connected }
        #expect(lost.loginRequests == nil)
        let (again, _) = try await bridge.next(after: passed) { $0.state == .connected }
        #expect(again.loginRequests == LoginCounts())
        _ = try await logins.state.wait { $0.cancelled == ["late"] }
        try await logins.decide("late")
        ask("b")
        try await logins.decide("b", .refused(.notAuthorized))
        let answers = try await server.answers(2)
        // At once: the pause was the other connection's.
        #expect(bridge.bridge.status.loginRequests == counts(0, 1, 0))
        #expect(bridge.bridge.counters.logins == counts(1, 1, 0))
        #expect(answers.byID == ["a": ["result"], "b": ["not-authorized"]])
        try await end(bridge)
    }

    @Test func `what may not be asked, or can't be read, is counted apart`() async throws {
        let bridge = try await connect(HeldLogins())
        let before = bridge.bridge.status
        server.send(
            LoginXML.ask(id: "1", from: "a@example.test/x") + LoginXML.ask(id: "2", from: "other.test")
                + LoginXML.ask(id: "3", from: "other.test", type: "get") + LoginXML.ask("", id: "4")
                + LoginXML.ask("", id: "5", type: "get"))
        let answers = try await server.answers(5)
        #expect(
            answers.byID == [
                "1": ["forbidden"], "2": ["forbidden"], "3": ["forbidden"], "4": ["bad-request"], "5": ["username"],
            ])
        let counters = bridge.bridge.counters
        #expect(counters.logins == LoginCounts())
        #expect((counters.loginsForbidden, counters.loginsMalformed) == (3, 1))
        #expect(bridge.bridge.status == before)
        try await end(bridge)
    }

    @Test func `a login that takes too long has failed`() async throws {
        let logins = HeldLogins()
        var options = options()
        options.limits.login = .milliseconds(50)
        let bridge = WatchedBridge(try lab.bridge(options, logins: logins))
        bridge.bridge.apply(lab.settings(port: server.port), revision: 1)
        _ = try await bridge.next { $0.state == .connected }
        ask("a")
        #expect(try await server.answers(1).byID == ["a": ["remote-server-timeout"]])
        _ = try await logins.state.wait { $0.cancelled == ["a"] }
        #expect(bridge.bridge.status.loginRequests == counts(0, 0, 1))
        try await end(bridge)
    }

    // MARK: Reports

    @Test func `each login that is decided is reported before it is answered`() async throws {
        let logins = HeldLogins()
        let bridge = try await connect(logins)
        let reports = WatchedValue<[LoginReport]>([])
        let observation = bridge.bridge.observeLogins { report in reports.update { $0.append(report) } }
        server.send(LoginXML.ask("", id: "bad") + LoginXML.ask(id: "forbidden", from: "other.test"))
        server.send(LoginXML.ask(id: "x", from: "login.example.test"))
        try await logins.decide("alice", .refused(.notAuthorized))
        _ = try await server.answers(3)
        let first = LoginReport(
            username: "alice", host: "login.example.test", verdict: .refused(.notAuthorized))
        #expect(reports.value == [first])
        ask("b")
        try await logins.decide("b")
        _ = try await server.answers(4)
        let second = LoginReport(username: "b", host: "example.test", verdict: .accepted)
        #expect(reports.value == [first, second])
        observation.cancel()
        ask("c")
        try await logins.decide("c")
        _ = try await server.answers(5)
        #expect(reports.value == [first, second])
        try await end(bridge)
    }

    // MARK: The log

    private func talk(_ logins: HeldLogins) async throws {
        ask("a", "b\u{85}c", "d")
        // One after the other: verdicts of several logins may overtake each other.
        try await logins.decide("a")
        _ = try await server.answers(1)
        try await logins.decide("b\u{85}c", .refused(.tooManyAttempts))
        _ = try await server.answers(2)
        try await logins.decide("d", .failed(.storeFailed))
        _ = try await server.answers(3)
        server.send(
            LoginXML.ask(id: "1", from: "a@other.test") + LoginXML.ask(id: "2", from: "other.test")
                + LoginXML.ask(id: "3", from: "other.test") + LoginXML.ask("", id: "4"))
        _ = try await server.answers(7)
    }

    private static let notice =
        "notice an XMPP host asks about logins and may not; see the parameter hosts of the login policy host=other.test"

    @Test func `logins are in the log at debug, and a host that may not ask once at notice`() async throws {
        let (logins, log) = (HeldLogins(), WatchedValue<[String]>([]))
        let bridge = try await connect(logins, log: log)
        let before = log.value.count
        try await talk(logins)
        #expect(
            log.value.dropFirst(before) == [
                "debug login accepted host=example.test username=a",
                "debug login refused host=example.test reason=tooManyAttempts username=b c",
                "debug login not decided host=example.test reason=storeFailed username=d",
                "debug a question about a login from somebody who may not ask jid=a@other.test", Self.notice,
                "debug a question about a login from somebody who may not ask jid=other.test",
                "debug a question about a login that can't be read detail=There is no username. host=example.test",
            ])
        try await end(bridge)
        #expect(!log.value.contains { $0.contains("pa55") })
    }

    @Test func `a log without debug has one line for each host and connection`() async throws {
        let (logins, log) = (HeldLogins(), WatchedValue<[String]>([]))
        let bridge = try await connect(logins, log: log, level: .notice)
        for round in 1...2 {
            for number in 1...100 {
                server.send(
                    LoginXML.ask(id: "\(round)-\(number)", from: "other.test")
                        + LoginXML.ask(id: "\(round)-\(number)-user", from: "user\(number)@other.test")
                        + LoginXML.ask("", id: "\(round)-\(number)-bad"))
            }
            _ = try await server.answers(round * 300)
            #expect(log.value.count { $0 == Self.notice } == round)
            #expect(!log.value.contains { $0.contains("user") || $0.contains("can't be read") })
            let passed = bridge.statuses.value.count
            server.hangUp()
            _ = try await bridge.next(after: passed) { $0.state == .connected }
        }
        try await end(bridge)
    }

    // MARK: The end

    enum End: CaseIterable {
        case stop, reconnect, settings, hangUp
    }

    @Test(arguments: End.allCases) func `the end of the connection cancels what is being decided`(end: End)
        async throws
    {
        let logins = HeldLogins()
        let bridge = try await connect(logins)
        let reports = WatchedValue(0)
        let observation = bridge.bridge.observeLogins { _ in reports.update { $0 += 1 } }
        let names = (1...100).map { "user\($0)" }
        ask(names)
        _ = try await logins.state.wait { $0.waiting.count == 100 }
        switch end {
        case .stop: await bridge.bridge.stop()
        case .reconnect: bridge.bridge.reconnect()
        case .settings: bridge.bridge.apply(BridgeSettings(), revision: 2)
        case .hangUp: server.hangUp()
        }
        let state = try await logins.state.wait { $0.cancelled.count == 100 }
        #expect(state.cancelled == Set(names))
        #expect(state.waiting.isEmpty)
        #expect(reports.value == 0)
        #expect(bridge.bridge.counters.logins == LoginCounts())
        observation.cancel()
        try await self.end(bridge)
        #expect(server.answers.value.count == 0)
    }

    @Test func `a check decides about no login, and answers nothing behind its closing tag`() async throws {
        let logins = HeldLogins()
        let bench = try HostileBench()
        let server = try await bench.server(
            .registering + [.say("<handshake/>" + HostileAction.ping(id: "1") + LoginXML.ask())] + .closing)
        let bridge = try bench.bridge(logins: logins)
        let report = try await bridge.bridge.check(bench.settings(server))
        #expect(report.outcome == .succeeded)
        let visit = try #require(try await server.visits.wait { $0.first?.hasEnded == true }.first)
        #expect(visit.text.hasSuffix("</handshake></stream:stream>"), "\(visit)")
        #expect(logins.state.value.asked.isEmpty)
        await bridge.stop()
        try await server.stop()
        try await self.server.stop()
    }

    @Test func `a bridge that decides nothing has no counts`() async throws {
        let bridge = WatchedBridge(try lab.bridge(options()))
        bridge.bridge.apply(lab.settings(port: server.port), revision: 1)
        let (status, _) = try await bridge.next { $0.state == .connected }
        #expect(status.loginRequests == nil)
        ask("a")
        #expect(try await server.answers(1).byID == ["a": ["service-unavailable"]])
        #expect(bridge.bridge.status == status)
        try await end(bridge)
    }
}
