import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// What a bridge's statuses are worth in events, driven by the bridge's own machine.
@Suite struct ConnectionEventsTests {
    private var machine = BridgeMachine()
    private var board: StatusBoard
    private var found = ConnectionEvents()
    private var link: UInt64 = 0
    private var seconds: Int64 = 0

    init() {
        board = StatusBoard(
            view: machine.view, boot: "b", verificationOff: true, at: Timestamp(milliseconds: 0))
    }

    private static let settings = BridgeSettings(
        uniqueName: "cb1", domain: "example.test", serverAddressOverride: ServerAddress("192.0.2.1"),
        sharedSecret: Secret("s"))
    private static let refused = BridgeFailure(.tcpConnect, .connectionRefused, "Nobody listens.")
    private static let lost = BridgeFailure(.connected, .connectionLost, "It is gone.")

    /// A second later.
    private mutating func events(_ event: BridgeMachine.Event) -> [Event] {
        seconds += 1
        let now = Timestamp(milliseconds: seconds * 1000)
        for action in machine.handle(event) {
            if case .start(let id, _, _) = action { link = id.number }
        }
        _ = board.publish(machine.view, nextAttemptAt: now, at: now)
        return found.events(in: board.status, at: now)
    }

    private mutating func words(_ event: BridgeMachine.Event) -> [String] {
        events(event).map(\.kind.rawValue)
    }

    private mutating func fail(_ failure: BridgeFailure) -> [Event] {
        let events = events(.failed(LinkID(number: link), failure))
        #expect(self.events(.retryDue).isEmpty)
        return events
    }

    private mutating func connect(_ sha256: String = "aa", notAfter: Int64 = 4_000_000_000) -> [Event] {
        let certificate = PeerCertificate(
            subject: "", subjectAltNames: [], notBefore: 0, notAfter: notAfter, sha256: sha256)
        let session = TLSSessionInfo(
            version: "TLSv1.3", cipher: "x", mutual: true, resumed: false, peer: certificate)
        return events(.connected(LinkID(number: link), session))
    }

    @Test mutating func `a failure says where, why, and which server`() throws {
        #expect(events(.apply(Self.settings, revision: 7)).isEmpty)
        let failed = try #require(fail(Self.refused).first)
        var expected = Event(.connectionFailed, at: Timestamp(milliseconds: 2000))
        expected.revision = 7
        expected.jid = "cb1.example.test"
        expected.server = "192.0.2.1:5223"
        expected.step = "tcpConnect"
        expected.reason = "connectionRefused"
        expected.detail = "Nobody listens."
        expected.outage = failed.outage
        #expect(failed == expected)
        #expect(failed.outage?.isEmpty == false)
        let again = try #require(fail(Self.refused).first)
        #expect(again.repeatKey == failed.repeatKey && again.repeatKey != nil)
    }

    @Test mutating func `a connection, its loss, and the end`() throws {
        _ = events(.apply(Self.settings, revision: 1))
        #expect(connect().map(\.kind) == [.connected])
        #expect(words(.duplicateSuspected(LinkID(number: link), true)) == ["duplicateSuspected"])
        #expect(words(.stable).isEmpty)
        let lost = try #require(fail(Self.lost).first)
        #expect(lost.kind == .connectionLost && lost.step == "connected" && lost.reason == "connectionLost")
        // Each loss is an event of its own.
        #expect(lost.repeatKey == nil)
        #expect(connect().map(\.kind) == [.connected])
        #expect(words(.stop) == ["stopped"])
        #expect(words(.ended(LinkID(number: link))).isEmpty)
    }

    @Test mutating func `a change of the settings is no loss`() {
        _ = events(.apply(Self.settings, revision: 1))
        _ = connect()
        var other = Self.settings
        other.uniqueName = "cb2"
        #expect(words(.apply(other, revision: 2)).isEmpty)
        #expect(words(.ended(LinkID(number: link))).isEmpty)
        #expect(connect().map(\.revision) == [2])
        #expect(words(.apply(BridgeSettings(), revision: 3)).isEmpty)
    }

    @Test mutating func `an outage ends with a connection, and each outage counts for itself`() throws {
        _ = events(.apply(Self.settings, revision: 1))
        let first = try #require(fail(Self.refused).first)
        _ = connect()
        _ = fail(Self.lost)
        let second = try #require(fail(Self.refused).first)
        #expect(first.repeatKey != second.repeatKey)
    }

    @Test mutating func `a certificate is told once`() {
        _ = events(.apply(Self.settings, revision: 1))
        let ending = connect("aa", notAfter: 3600)
        #expect(ending.map(\.kind) == [.connected, .certificateEndsSoon])
        #expect(ending.last?.detail == "The server's certificate ends at 1970-01-01T01:00:00.000Z.")
        _ = fail(Self.lost)
        #expect(connect("aa", notAfter: 3600).map(\.kind) == [.connected])
        _ = fail(Self.lost)
        let changed = connect("bb")
        #expect(changed.map(\.kind) == [.connected, .certificateChanged])
        #expect(changed.last?.detail == "The SHA-256 of the server's certificate is bb now.")
        _ = fail(Self.lost)
        #expect(connect("aa").map(\.kind) == [.connected, .certificateChanged])
    }
}
