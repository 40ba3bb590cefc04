import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// The connection in words, and events as sentences.
@Suite struct ConnectionLineTests {
    private static let now = Timestamp(milliseconds: 1_000_000_000)

    private func line(_ state: BridgeStatus.State, _ change: (inout BridgeStatus) -> Void = { _ in }) -> ConnectionLine
    {
        var status = BridgeStatus(
            state: state, revision: 1, sharedSecretSet: true, missing: [], attempts: 3,
            since: Timestamp(milliseconds: Self.now.milliseconds - 3 * 86_400_000), warnings: [], sequence: 1, boot: "b"
        )
        change(&status)
        return ConnectionLine(status: status, now: Self.now)
    }

    /// Without the markup.
    private func text(_ html: HTML) -> String { html.markup.replacing(#/<[^>]*>/#, with: "") }

    @Test func `each state is told in words`() {
        let failure = BridgeFailure(.tlsHandshake, .certificateDomainMismatch, "The certificate names <nobody>.")
        let failed: (inout BridgeStatus) -> Void = { status in
            status.lastFailure = .init(failure: failure, at: Self.now)
            status.nextAttemptAt = Timestamp(milliseconds: Self.now.milliseconds + 12_400)
            status.server = "xmpp1.example.com:5223"
        }
        let connected = line(.connected) { $0.server = "xmpp1.example.com:5223" }
        #expect(text(connected.html) == "connected to xmpp1.example.com:5223 for 3 days")
        #expect(connected.tone == .good)
        let waiting = line(.waiting, failed)
        #expect(text(waiting.html) == "waiting, next attempt in 12 s: The certificate names &lt;nobody&gt;.")
        #expect(waiting.tone == .bad)
        let connecting = line(.connecting) { status in
            status.step = .tlsHandshake
            status.server = "xmpp1.example.com:5223"
        }
        #expect(text(connecting.html) == "connecting: TLS handshake – xmpp1.example.com:5223")
        #expect(connecting.tone == .busy)
        let again = line(.connecting, failed)
        #expect(text(again.html) == "connecting: beginning; the last attempt failed, certificateDomainMismatch")
        #expect(again.tone == .bad)
        let missing = line(.notConfigured) { $0.missing = [.uniqueName, .domain, .sharedSecret] }
        #expect(
            text(missing.html) == "not configured: Unique Call Bridge name, Domain and Shared secret are missing")
        #expect(text(line(.notConfigured) { $0.missing = [.domain] }.html) == "not configured: Domain is missing")
        #expect(text(line(.stopped).html) == "stopped: the Call Bridge is ending")
        #expect(text(line(.waiting).html) == "waiting, next attempt in 0 s")
    }

    @Test(arguments: BridgeStatus.State.allCases) func `what is announced does not change with time alone`(
        state: BridgeStatus.State
    ) {
        let now = line(state) { $0.nextAttemptAt = Self.now.advanced(by: .seconds(9)) }
        let later = ConnectionLine(status: now.status, now: Self.now.advanced(by: .seconds(5)))
        #expect(now.announcement == later.announcement)
        #expect(now.announcement.hasPrefix("XMPP connection: "))
        #expect(
            (now.html == later.html) == [.notConfigured, .stopped, .connecting].contains(state) || state == .connected)
    }

    @Test func `an outage is announced once, whatever is tried meanwhile`() {
        let failed: (inout BridgeStatus) -> Void = { status in
            status.lastFailure = .init(
                failure: BridgeFailure(.tcpConnect, .connectionRefused, "Nobody listens."), at: Self.now)
        }
        #expect(line(.waiting, failed).announcement == "XMPP connection: not connected: Nobody listens.")
        #expect(line(.connecting, failed).announcement == line(.waiting, failed).announcement)
        #expect(line(.connecting).announcement == "XMPP connection: connecting")
    }

    @Test func `each kind of event is a sentence`() {
        for kind in Event.Kind.allCases {
            var event = Event(kind, at: Self.now)
            event.name = "alice<b>"
            event.detail = "Because <i>."
            event.requester = Requester(user: "zoë", address: "192.0.2.7")
            let words = EventWords(event: event).html.markup
            #expect(!words.isEmpty && !words.contains("<b>") && !words.contains("<i>"), "\(kind)")
            #expect(words.contains("Because &lt;i&gt;."), "\(kind)")
            #expect(words.contains("zoë"), "\(kind)")
        }
    }

    @Test(arguments: [
        (
            Event.change,
            "XMPP configuration changed to revision 7 (domain, sharedSecret), by zoë from 192.0.2.7"
        ),
        (
            Event.failed(),
            "Connection failed – xmpp.example.test:5223 (TCP connection, connectionRefused): At 0 &lt;nobody&gt; listened."
        ),
        (
            Event.loginRefused,
            "Login of alice@example.test refused (notAuthorized), asked by gate from 192.0.2.7 – 2 times, the last one 1970-01-01 00:00:01 UTC"
        ),
    ])
    func `an event says who, what and why`(event: Event, words: String) {
        #expect(text(EventWords(event: event).html) == words)
    }
}
