import Testing

@testable import BridgeEngine

@Suite struct ComponentStreamTests {
    private static let streamNamespace = "http://etherx.jabber.org/streams"
    private static let ours =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
        + "xmlns:stream='http://etherx.jabber.org/streams' to='cb1.example.test'>"

    private func stream() -> ComponentStream {
        ComponentStream(
            identity: ComponentIdentity(jid: "cb1.example.test", domain: "example.test"), secret: Secret("s3cret"),
            liveness: Liveness(interval: .zero, idPrefix: "p"))
    }

    private func header(id: String? = "3697671881368702237") -> ComponentStream.Event {
        var attributes = [XMLName("from"): "cb1.example.test"]
        attributes[XMLName("id")] = id
        return .received(
            .streamOpened(XMLElement(name: XMLName("stream", in: Self.streamNamespace), attributes: attributes)))
    }

    /// A stanza or stream error as text, read by the parser.
    private func element(_ text: String) -> ComponentStream.Event {
        let parser = XMLStreamParser()
        _ = parser.parse(Array(Self.ours.utf8))
        return parser.parse(Array(text.utf8)).first.map { .received($0) } ?? .transportEnded
    }

    private func streamError(_ condition: String, _ text: String = "why") -> ComponentStream.Event {
        let namespace = "xmlns='urn:ietf:params:xml:ns:xmpp-streams'"
        return element(
            "<stream:error><\(condition) \(namespace)/><text \(namespace)>\(text)</text></stream:error>")
    }

    private func registered() -> ComponentStream {
        var stream = stream()
        _ = stream.handle(.open)
        _ = stream.handle(header())
        _ = stream.handle(.register)
        #expect(stream.handle(element("<handshake/>")) == [.registered])
        return stream
    }

    private func failure(_ actions: [ComponentStream.Action]) -> BridgeFailure? {
        actions.compactMap { if case .failed(let failure) = $0 { failure } else { nil } }.first
    }

    @Test func `the header is always these bytes`() {
        var stream = stream()
        #expect(stream.handle(.open) == [.send(Self.ours)])
    }

    @Test func `the handshake is the SHA-1 of stream id and secret`() {
        var stream = stream()
        _ = stream.handle(.open)
        #expect(stream.handle(header()) == [.opened])
        // printf 3697671881368702237s3cret | sha1sum
        #expect(
            stream.handle(.register) == [.send("<handshake>4e5a6c5a7e39b3bbd717c4c2b8f9428f933eb727</handshake>")])
    }

    @Test(arguments: ["<handshake/>", "<handshake></handshake>", "<handshake type=''/>", "<handshake xml:lang='en'/>"])
    func `each spelling of success is success`(text: String) {
        var stream = stream()
        _ = stream.handle(.open)
        _ = stream.handle(header())
        _ = stream.handle(.register)
        #expect(stream.handle(element("<stream:features><x xmlns='y'/></stream:features>")).isEmpty)
        #expect(stream.handle(element(text)) == [.registered])
    }

    @Test func `a handshake of type error is none`() {
        var stream = stream()
        _ = stream.handle(.open)
        _ = stream.handle(header())
        _ = stream.handle(.register)
        let answer = "<handshake type='error'><error type='modify'><bad-request xmlns='x'/></error></handshake>"
        let failure = failure(stream.handle(element(answer)))
        #expect(failure?.reason == .protocolViolation)
        #expect(failure?.detail.contains("bad-request") == true)
    }

    @Test func `a handshake in another namespace is none`() {
        var stream = stream()
        _ = stream.handle(.open)
        _ = stream.handle(header())
        _ = stream.handle(.register)
        #expect(stream.handle(element("<handshake xmlns='jabber:client'/>")).isEmpty)
    }

    @Test(arguments: ["", nil] as [String?]) func `a header without an id is judged when the handshake is due`(
        id: String?
    ) {
        var stream = stream()
        _ = stream.handle(.open)
        #expect(stream.handle(header(id: id)) == [.opened])
        #expect(stream.handle(.register) == [.send("</stream:stream>"), .startCloseTimer])
        let failure = failure(stream.handle(.closeTimedOut))
        #expect(failure?.reason == .protocolViolation)
    }

    @Test func `a stream error behind a header without an id wins`() {
        var stream = stream()
        _ = stream.handle(.open)
        _ = stream.handle(header(id: ""))
        _ = stream.handle(.register)
        #expect(failure(stream.handle(streamError("host-unknown")))?.reason == .unknownComponent)
        var early = self.stream()
        _ = early.handle(.open)
        _ = early.handle(header(id: ""))
        #expect(failure(early.handle(streamError("host-unknown")))?.reason == .unknownComponent)
        #expect(early.handle(.register).isEmpty)
    }

    @Test(arguments: [
        ("not-authorized", FailureReason.notAuthorized), ("host-unknown", .unknownComponent),
        ("host-gone", .unknownComponent), ("conflict", .nameInUse), ("resource-constraint", .streamError),
        ("no-such-condition", .streamError),
    ]) func `a stream error before registration has its reason`(condition: String, reason: FailureReason) {
        var stream = stream()
        _ = stream.handle(.open)
        _ = stream.handle(header())
        _ = stream.handle(.register)
        let actions = stream.handle(streamError(condition))
        let failure = failure(actions)
        #expect(failure?.reason == reason)
        #expect(failure?.stage == .step(.registration))
        #expect(failure?.detail.contains("why") == true)
        #expect(actions.first == .send("</stream:stream>"))
        #expect(actions.last == .closeTransport)
    }

    @Test(arguments: [
        ("invalid-namespace", FailureReason.streamError, ConnectionStep.streamOpen),
        ("policy-violation", .streamError, .streamOpen), ("not-authorized", .notAuthorized, .registration),
        ("conflict", .nameInUse, .registration), ("host-unknown", .unknownComponent, .registration),
    ]) func `a stream error right behind the header is about the stream, a refusal about the registration`(
        condition: String, reason: FailureReason, step: ConnectionStep
    ) {
        var stream = stream()
        _ = stream.handle(.open)
        _ = stream.handle(header())
        let failure = failure(stream.handle(streamError(condition)))
        #expect(failure?.reason == reason)
        #expect(failure?.stage == .step(step))
        #expect(failure?.condition == condition)
    }

    @Test(arguments: [
        ("conflict", FailureReason.replaced), ("system-shutdown", .serverShutdown), ("reset", .streamError),
        ("host-gone", .streamError),
    ]) func `a stream error after registration has its reason`(condition: String, reason: FailureReason) {
        var stream = registered()
        let failure = failure(stream.handle(streamError(condition)))
        #expect(failure?.reason == reason)
        #expect(failure?.stage == .connected)
        #expect(failure?.condition == condition)
    }

    @Test func `a complaint of what we have sent is told as our fault`() {
        let ours = StreamErrorCondition.allCases.filter { condition in
            var stream = registered()
            let detail = failure(stream.handle(streamError(condition.rawValue)))?.detail
            return detail?.contains("an error of this program") == true
        }
        #expect(
            ours.map(\.rawValue) == [
                "bad-format", "bad-namespace-prefix", "improper-addressing", "invalid-from", "invalid-namespace",
                "invalid-xml", "not-well-formed", "restricted-xml", "unsupported-encoding", "unsupported-feature",
                "unsupported-stanza-type", "unsupported-version",
            ])
    }

    @Test(
        arguments: [
            (" [2001:db8::41a]:9222\n", "[2001:db8::41a]:9222"), ("other.example.test", "other.example.test"),
            ("other.example.test:5224", "other.example.test:5224"), ("not a host", nil), ("", nil),
        ] as [(String, String?)]) func `a server may name another one`(text: String, address: String?)
    {
        var stream = registered()
        let error =
            "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>\(text)</see-other-host>"
            + "</stream:error>"
        let failure = failure(stream.handle(element(error)))
        #expect(failure?.condition == "see-other-host")
        #expect(failure?.redirect?.description == address)
    }

    @Test func `every condition of RFC 6120 is known`() {
        let conditions = [
            "bad-format", "bad-namespace-prefix", "conflict", "connection-timeout", "host-gone", "host-unknown",
            "improper-addressing", "internal-server-error", "invalid-from", "invalid-namespace", "invalid-xml",
            "not-authorized", "not-well-formed", "policy-violation", "remote-connection-failed", "reset",
            "resource-constraint", "restricted-xml", "see-other-host", "system-shutdown", "undefined-condition",
            "unsupported-encoding", "unsupported-feature", "unsupported-stanza-type", "unsupported-version",
        ]
        #expect(StreamErrorCondition.allCases.map(\.rawValue).sorted() == conditions)
    }

    @Test func `a server's text is cut and cleaned`() {
        var stream = registered()
        let detail = failure(stream.handle(streamError("reset", String(repeating: "a\n", count: 1000))))?.detail
        #expect((detail?.count ?? 0) < 400)
        #expect(detail?.contains("\n") == false)
    }

    @Test func `a transport that fails is a lost connection with its cause`() {
        var stream = registered()
        let detail = "The connection broke: Connection timed out."
        let lost = BridgeFailure(.connected, .connectionLost, detail)
        #expect(stream.handle(.transportFailed(detail)) == [.failed(lost), .closeTransport])
        #expect(stream.handle(.transportEnded).isEmpty)
    }

    @Test func `the peer's closing tag before ours is a lost connection, and is answered`() {
        var stream = registered()
        let actions = stream.handle(.received(.streamClosed))
        #expect(actions.first == .send("</stream:stream>"))
        #expect(failure(actions)?.reason == .connectionLost)
        #expect(failure(actions)?.stage == .connected)
    }

    @Test func `the end of the transport is a lost connection`() {
        var stream = registered()
        #expect(failure(stream.handle(.transportEnded))?.stage == .connected)
        var opening = self.stream()
        _ = opening.handle(.open)
        #expect(failure(opening.handle(.transportEnded))?.stage == .step(.streamOpen))
        #expect(opening.handle(.transportEnded).isEmpty)
    }

    @Test func `a polite close waits for the peer's closing tag`() {
        var stream = registered()
        #expect(stream.handle(.close) == [.send("</stream:stream>"), .startCloseTimer])
        #expect(stream.handle(element("<message from='a' to='b'/>")).isEmpty)
        #expect(stream.handle(.received(.streamClosed)) == [.closeTransport])
        #expect(stream.handle(.transportEnded).isEmpty)
    }

    @Test func `a polite close has its time`() {
        var stream = registered()
        _ = stream.handle(.close)
        #expect(stream.handle(.closeTimedOut) == [.closeTransport])
    }

    @Test func `a stream error of ours is sent for XML that can't be accepted`() {
        var stream = registered()
        let actions = stream.handle(
            .received(.failed(XMLStreamError(condition: .restrictedXML, detail: "A comment."))))
        #expect(
            actions.first
                == .send("<stream:error><restricted-xml xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"))
        #expect(actions.contains(.send("</stream:stream>")))
        #expect(failure(actions)?.condition == "restricted-xml")
    }

    @Test func `something that is no XMPP stream is refused`() {
        var stream = stream()
        _ = stream.handle(.open)
        let actions = stream.handle(.received(.streamOpened(XMLElement(name: XMLName("html")))))
        #expect(failure(actions)?.reason == .protocolViolation)
    }

    @Test func `a ping is answered, any other request is refused, the rest is dropped`() {
        var stream = registered()
        let addresses = "from='example.test' to='cb1.example.test' id='&lt;1'"
        let ours = "from='cb1.example.test' to='example.test' id='&lt;1'"
        #expect(
            stream.handle(element("<iq type='get' \(addresses)><ping xmlns='urn:xmpp:ping'/></iq>"))
                == [.send("<iq type='result' \(ours)/>")])
        #expect(
            stream.handle(element("<iq type='set' \(addresses)><x xmlns='y'/></iq>")) == [
                .send(
                    "<iq type='error' \(ours)><error type='cancel'>"
                        + "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
            ])
        for text in ["<iq type='result' \(addresses)/>", "<iq type='error' \(addresses)/>", "<message \(addresses)/>"] {
            #expect(stream.handle(element(text)).isEmpty)
        }
    }

    // MARK: Stanzas

    private static let addresses = "from='juliet@example.test/a' to='cb1.example.test' id='7'"
    private static let answered = "from='cb1.example.test' to='juliet@example.test/a' id='7'"

    @Test(arguments: [
        (
            "<query xmlns='http://jabber.org/protocol/disco#info' node='a&amp;b'/>",
            "<query xmlns='http://jabber.org/protocol/disco#info' node='a&amp;b'>"
                + "<identity category='component' type='generic' name='Callbridge'/>"
                + "<feature var='http://jabber.org/protocol/disco#info'/>"
                + "<feature var='http://jabber.org/protocol/disco#items'/><feature var='jabber:iq:version'/>"
                + "<feature var='urn:xmpp:ping'/></query>"
        ),
        (
            "<query xmlns='http://jabber.org/protocol/disco#items'/>",
            "<query xmlns='http://jabber.org/protocol/disco#items'/>"
        ),
        (
            "<query xmlns='jabber:iq:version'/>",
            "<query xmlns='jabber:iq:version'><name>Callbridge</name><version></version></query>"
        ),
    ]) func `what is asked of the component is answered`(request: String, result: String) {
        var stream = registered()
        #expect(
            stream.handle(element("<iq type='get' \(Self.addresses)>\(request)</iq>"))
                == [.send("<iq type='result' \(Self.answered)>\(result)</iq>")])
    }

    @Test func `a subscription is refused, other presence and messages are dropped`() {
        var stream = registered()
        #expect(
            stream.handle(element("<presence type='subscribe' from='a@b' to='cb1.example.test'/>"))
                == [.send("<presence type='unsubscribed' from='cb1.example.test' to='a@b'/>")])
        for text in ["<presence from='a@b'/>", "<message type='error' from='a@b'/>", "<x xmlns='y' from='a@b'/>"] {
            #expect(stream.handle(element(text)).isEmpty)
        }
    }

    @Test func `what is dropped is counted, once, by its kind`() {
        var stream = registered()
        for text in [
            "<presence from='a@b'/>", "<presence type='subscribe' from='a@b'/>", "<message from='a@b'/>",
            "<message type='error' from='cb1.example.test'/>", "<iq type='result' from='a@b' id='x'/>",
            "<message xmlns='y' from='a@b'/>", "<iq type='get' from='a@b' id='x'/>",
        ] {
            _ = stream.handle(element(text))
        }
        let dropped = stream.takeDropped()
        #expect((dropped.messages, dropped.presence, dropped.others) == (2, 1, 2))
        #expect(stream.takeDropped() == DroppedStanzas())
    }

    @Test func `nobody else speaks in our name`() {
        var stream = registered()
        let ours = "from='cb1.example.test' to='cb1.example.test' id='stranger'"
        #expect(stream.handle(element("<iq type='get' \(ours)><ping xmlns='urn:xmpp:ping'/></iq>")).isEmpty)
        #expect(stream.handle(element("<presence type='subscribe' \(ours)/>")).isEmpty)
        #expect(stream.handle(element("<message \(ours)/>")).isEmpty)
    }

    @Test func `a ping to ourselves goes round and keeps the link`() {
        var stream = ComponentStream(
            identity: ComponentIdentity(jid: "cb1.example.test", domain: "example.test"), secret: Secret("s3cret"),
            liveness: Liveness(interval: .seconds(30), idPrefix: "p"))
        _ = stream.handle(.open)
        _ = stream.handle(header())
        _ = stream.handle(.register)
        #expect(stream.handle(element("<handshake/>")) == [.registered, .startPingTimer(.seconds(30))])
        let ours = "from='cb1.example.test' to='cb1.example.test' id='p1'"
        let ping = "<iq type='get' \(ours)><ping xmlns='urn:xmpp:ping'/></iq>"
        #expect(stream.handle(.pingDue) == [.send(ping), .startAnswerTimer(.seconds(10))])
        #expect(stream.handle(element(ping)) == [.send("<iq type='result' \(ours)/>")])
        #expect(
            stream.handle(element("<iq type='result' \(ours)/>"))
                == [.cancelAnswerTimer, .startPingTimer(.seconds(30))])
        _ = stream.handle(.pingDue)
        _ = stream.handle(.answersDue)
        #expect(failure(stream.handle(.answersDue))?.reason == .pingTimedOut)
    }

    @Test func `nothing is answered in another name`() {
        var stream = registered()
        let request = "<iq type='get' from='a@b' to='cb2.example.test' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
        #expect(stream.handle(element(request)).isEmpty)
        let user = "<iq type='get' from='a@b' to='guest@CB1.example.test/x' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
        #expect(
            stream.handle(element(user))
                == [.send("<iq type='result' from='guest@CB1.example.test/x' to='a@b' id='1'/>")])
    }
}
