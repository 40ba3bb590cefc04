import TestSupport
import Testing

@testable import BridgeEngine

/// What is published about a machine, at which time.
@Suite struct StatusBoardTests {
    private static let settings = BridgeSettings(
        uniqueName: "cb1", domain: "example.test", serverAddressOverride: ServerAddress("192.0.2.1"),
        sharedSecret: Secret("s"))
    private static let day: Int64 = 86_400
    private static let refused = BridgeFailure(.tcpConnect, .connectionRefused, "no")

    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    /// A machine with its board, driven by hand.
    private struct Bench {
        var machine = BridgeMachine()
        var board: StatusBoard
        var link: UInt64 = 0

        init(verificationOff: Bool = false, decidesLogins: Bool = false) {
            board = StatusBoard(
                view: machine.view, boot: "b", verificationOff: verificationOff, decidesLogins: decidesLogins,
                at: Timestamp(milliseconds: 0))
        }

        @discardableResult
        mutating func handle(_ event: BridgeMachine.Event, _ seconds: Int64, next: Int64? = nil) -> BridgeStatus {
            for action in machine.handle(event) {
                if case .start(let id, _, _) = action { link = id.number }
            }
            _ = board.publish(
                machine.view, nextAttemptAt: next.map { Timestamp(milliseconds: $0 * 1000) },
                at: Timestamp(milliseconds: seconds * 1000))
            return board.status
        }

        /// Connects the link that was started last.
        mutating func connect(_ seconds: Int64, _ sha256: String, notAfter: Int64) -> BridgeStatus {
            let certificate = PeerCertificate(
                subject: "", subjectAltNames: [], notBefore: 0, notAfter: notAfter, sha256: sha256)
            let session = TLSSessionInfo(
                version: "TLSv1.3", cipher: "x", mutual: true, resumed: false, peer: certificate)
            return handle(.connected(LinkID(number: link), session), seconds)
        }

        mutating func lose(_ seconds: Int64) {
            let lost = BridgeFailure(.connected, .connectionLost, "gone")
            handle(.failed(LinkID(number: link), lost), seconds, next: seconds + 1)
            handle(.retryDue, seconds + 1)
        }
    }

    @Test func `a state's time is that of its beginning, a step does not change it`() {
        var bench = Bench()
        #expect(bench.handle(.apply(Self.settings, revision: 1), 10).since == at(10))
        let target = DialTarget(host: .name("a.test"), port: 5223)
        let progress = LinkProgress(step: .streamOpen, target: target)
        let status = bench.handle(.progressed(LinkID(number: 0), progress), 12)
        #expect(status.since == at(10))
        #expect(status.step == .streamOpen)
        #expect(status.sequence == 2)
    }

    @Test func `a failure keeps its time, and the next attempt's is told while waiting only`() {
        var bench = Bench()
        bench.handle(.apply(Self.settings, revision: 1), 10)
        let waiting = bench.handle(.failed(LinkID(number: 0), Self.refused), 13, next: 14)
        #expect(waiting.state == .waiting)
        #expect(waiting.since == at(13))
        #expect(waiting.lastFailure?.at == at(13))
        #expect(waiting.nextAttemptAt == at(14))
        let retrying = bench.handle(.retryDue, 14, next: 14)
        #expect(retrying.state == .connecting)
        #expect(retrying.lastFailure?.at == at(13))
        #expect(retrying.nextAttemptAt == nil)
        #expect(retrying.attempts == 2)
    }

    @Test func `a change of the settings clears the failure, the same settings do not`() {
        var bench = Bench()
        bench.handle(.apply(Self.settings, revision: 1), 10)
        bench.handle(.failed(LinkID(number: 0), Self.refused), 13, next: 14)
        let same = bench.handle(.apply(Self.settings, revision: 2), 13, next: 14)
        #expect(same.revision == 2)
        #expect(same.lastFailure != nil)
        #expect(same.since == at(13))
        var other = Self.settings
        other.uniqueName = "cb2"
        let changed = bench.handle(.apply(other, revision: 3), 13)
        #expect(changed.lastFailure == nil)
        #expect(changed.state == .connecting)
    }

    @Test func `nothing new is not published`() {
        var bench = Bench()
        let first = bench.handle(.apply(Self.settings, revision: 1), 10)
        #expect(bench.handle(.retryDue, 20) == first)
    }

    @Test func `verification that is off is a warning from the beginning`() {
        var bench = Bench(verificationOff: true)
        #expect(bench.board.status.warnings == [.verificationOff])
        #expect(bench.handle(.apply(Self.settings, revision: 1), 10).warnings == [.verificationOff])
    }

    @Test(
        arguments: [
            (31 * Self.day, []), (30 * Self.day + 1, []), (30 * Self.day, [.certificateEndsSoon]),
            (Self.day, [.certificateEndsSoon]),
        ] as [(Int64, [BridgeStatus.Warning])])
    func `a certificate with thirty days left or less is a warning while connected`(
        left: Int64, warnings: [BridgeStatus.Warning]
    ) {
        var bench = Bench()
        bench.handle(.apply(Self.settings, revision: 1), 0)
        #expect(bench.connect(0, "one", notAfter: left).warnings == warnings)
        bench.lose(5)
        #expect(bench.board.status.warnings == [])
    }

    @Test func `another certificate of the same server is a warning until it has shown that one twice`() {
        var bench = Bench()
        bench.handle(.apply(Self.settings, revision: 1), 0)
        #expect(bench.connect(0, "one", notAfter: 99 * Self.day).warnings == [])
        bench.lose(5)
        #expect(bench.connect(7, "two", notAfter: 99 * Self.day).warnings == [.certificateChanged])
        bench.lose(10)
        #expect(bench.connect(12, "two", notAfter: 99 * Self.day).warnings == [])
    }

    @Test func `another server's certificate is no change`() {
        var bench = Bench()
        bench.handle(.apply(Self.settings, revision: 1), 0)
        _ = bench.connect(0, "one", notAfter: 99 * Self.day)
        var other = Self.settings
        other.serverAddressOverride = ServerAddress("192.0.2.2")
        bench.handle(.apply(other, revision: 2), 1)
        bench.handle(.ended(LinkID(number: bench.link)), 1)
        #expect(bench.connect(2, "two", notAfter: 99 * Self.day).warnings == [])
    }

    // MARK: Logins

    /// So many logins at these times, in milliseconds, with a pause of a second: when statuses were published, and what
    /// they said.
    private func published(_ logins: [(at: Int, count: Int)]) -> [(at: Int, accepted: Int)] {
        var bench = Bench(decidesLogins: true)
        bench.handle(.apply(Self.settings, revision: 1), 0)
        _ = bench.connect(0, "one", notAfter: 99 * Self.day)
        var timers = ManualTimers<String>()
        for (index, login) in logins.enumerated() { timers.start("\(index)", .milliseconds(login.at)) }
        var published: [(at: Int, accepted: Int)] = []
        while let timer = timers.next() {
            let (sequence, now) = (bench.board.status.sequence, timers.now)
            var isPublished = false
            if timer == "pause" {
                isPublished = bench.board.loginPauseHasEnded()
                if isPublished { timers.start("pause", .seconds(1)) }
            } else if let index = Int(timer) {
                for _ in 0..<logins[index].count where bench.board.count(.accepted) {
                    isPublished = true
                    timers.start("pause", .seconds(1))
                }
            }
            #expect(bench.board.status.sequence == sequence + (isPublished ? 1 : 0))
            if isPublished {
                published.append((Int(now / .milliseconds(1)), bench.board.status.loginRequests?.accepted ?? -1))
            }
        }
        return published
    }

    @Test(
        arguments: [
            // A single one, and another after a long time.
            ([(at: 100, count: 1), (5000, 1)], [(at: 100, accepted: 1), (5000, 2)]),
            // A second one within a second, at its end.
            ([(100, 1), (101, 1)], [(100, 1), (1100, 2)]),
            // After a pause in which nothing happened there is none.
            ([(100, 1), (1101, 1)], [(100, 1), (1101, 2)]),
            // Also the pause behind the second status counts.
            ([(100, 1), (200, 1), (1200, 1)], [(100, 1), (1100, 2), (2100, 3)]),
            // However many there are, one status a second.
            ((0..<30).map { (at: $0 * 100, count: 20) }, [(0, 1), (1000, 220), (2000, 420), (3000, 600)]),
        ] as [([(at: Int, count: Int)], [(at: Int, accepted: Int)])])
    func `logins are told at once, and then once a second`(
        logins: [(at: Int, count: Int)], expected: [(at: Int, accepted: Int)]
    ) {
        let published = published(logins)
        #expect(published.map(\.at) == expected.map(\.at))
        #expect(published.map(\.accepted) == expected.map(\.accepted))
    }

    @Test func `logins are told while connected, from nought for each connection`() {
        var bench = Bench(decidesLogins: true)
        #expect(bench.handle(.apply(Self.settings, revision: 1), 0).loginRequests == nil)
        #expect(bench.board.count(.accepted) == false)
        #expect(bench.connect(0, "one", notAfter: 99 * Self.day).loginRequests == LoginCounts())
        #expect(bench.board.count(.refused(.notAuthorized)) == true)
        #expect(bench.board.count(.failed(.timedOut)) == false)
        #expect(bench.board.status.loginRequests?.refused == 1)
        #expect(bench.board.status.loginRequests?.failed == 0)
        // Another fact tells what has not been told yet.
        let same = bench.handle(.apply(Self.settings, revision: 2), 1)
        #expect(same.loginRequests?.failed == 1)
        #expect(bench.board.loginPauseHasEnded() == false)
        #expect(bench.board.count(.accepted) == true)
        bench.lose(5)
        #expect(bench.board.status.loginRequests == nil)
        #expect(bench.connect(7, "one", notAfter: 99 * Self.day).loginRequests == LoginCounts())
        #expect(bench.board.count(.accepted) == true, "the pause was the other connection's")
        #expect(bench.board.status.loginRequests?.accepted == 1)
    }
}
