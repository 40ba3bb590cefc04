import COpenSSL
import Testing

@testable import BridgeEngine

/// What fuzzing has found, one test for each finding.
@Suite struct FuzzingRegressionTests {
    private static let header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
        + "xmlns:stream='http://etherx.jabber.org/streams' from='cb1.example.test' id='x'>"

    private func parse(_ texts: String...) -> [XMLStreamParser.Event] {
        let parser = XMLStreamParser()
        return texts.flatMap { parser.parse(Array($0.utf8)) }
    }

    private func condition(_ events: [XMLStreamParser.Event]) -> XMLStreamError.Condition? {
        if case .failed(let error) = events.last { error.condition } else { nil }
    }

    // MARK: The stream parser

    @Test(arguments: [" \u{301}", "\u{a0}", "\u{2028}", "\u{3000}"])
    func `only XML's own blanks may stand between two stanzas`(text: String) {
        #expect(condition(parse(Self.header, text + "<a/>")) == .notWellFormed)
        let parser = XMLStreamParser()
        let pieces = Array((Self.header + text + "<a/>").utf8).flatMap { parser.parse([$0]) }
        #expect(condition(pieces) == .notWellFormed)
    }

    @Test func `a namespace that ends in a carriage return is none of the name`() {
        let name = XMLName("a", in: "urn:x\r")
        #expect(parse(Self.header, "<a xmlns='urn:x&#13;'/>").last == .element(XMLElement(name: name)))
    }

    @Test func `a long namespace is not paid for with each element`() {
        let children = String(repeating: "<b/>", count: 50_000)
        let events = parse(Self.header, "<a xmlns='\(String(repeating: "u", count: 12_000))'>\(children)</a>")
        #expect(condition(events) == .policyViolation)
    }

    @Test func `a long namespace is not paid for with each attribute`() {
        let attributes = (0..<10_000).map { " x:a\($0)=''" }.joined()
        let clock = ContinuousClock()
        let time = clock.measure {
            let events = parse(Self.header, "<a xmlns:x='\(String(repeating: "u", count: 130_000))'\(attributes)/>")
            #expect(condition(events) == .policyViolation)
        }
        // An expat without a memory limit of its own takes 2 GB and several seconds for it.
        #expect(time < .seconds(2))
    }

    @Test func `a tag may have 16 KiB and no more`() {
        let value = String(repeating: "v", count: 16 * 1024 - 8)
        #expect(parse(Self.header, "<a b='\(value)'/>").count == 1 + 1)
        #expect(condition(parse(Self.header, "<a b='\(value)v'/>")) == .policyViolation)
        // Also where its end has not come.
        #expect(condition(parse(Self.header, "<c><a b='\(value)", value + value)) == .policyViolation)
    }

    @Test func `a stanza of many small elements passes, again and again`() {
        let stanza = "<a>" + String(repeating: "<b c='d'/>", count: 26_000) + "</a>"
        #expect(parse(Self.header, stanza, stanza, stanza).count == 4)
    }

    // MARK: Escaping

    @Test func `blanks in an attribute come back as they were`() {
        let text = "a\tb\nc\rd\r\ne <&>'\""
        guard case .streamOpened(let header) = parse("<a b='\(XMLText.escaped(text))'>").first else {
            Issue.record("the text is not escaped")
            return
        }
        #expect(header["b"]?.utf8.elementsEqual(text.utf8) == true)
    }

    // MARK: The component's stream

    private func stream() -> ComponentStream {
        ComponentStream(
            identity: ComponentIdentity(jid: "cb1.example.test", domain: "example.test"), secret: Secret("s3cret"),
            liveness: Liveness(interval: .zero, idPrefix: "p"))
    }

    private static let malformed = ComponentStream.Event.received(
        .failed(XMLStreamError(condition: .notWellFormed, detail: "It is not well-formed.")))

    @Test func `a server that speaks first, and no XML, is sent nothing`() {
        var stream = stream()
        #expect(
            stream.handle(Self.malformed) == [
                .failed(BridgeFailure(.streamOpen, .protocolViolation, "It is not well-formed.")), .closeTransport,
            ])
    }

    @Test func `nothing is sent behind our closing tag`() {
        var stream = stream()
        _ = stream.handle(.open)
        _ = stream.handle(.received(.streamOpened(XMLElement(name: XMLName("stream", in: XMPPNamespace.stream)))))
        #expect(stream.handle(.register) == [.send("</stream:stream>"), .startCloseTimer])
        #expect(
            stream.handle(Self.malformed) == [
                .failed(BridgeFailure(.registration, .protocolViolation, "It is not well-formed.")), .closeTransport,
            ])
    }

    // MARK: Texts

    @Test func `a server's text can't end a line in a log`() {
        #expect(StreamErrorReport.printable("a\u{85}b\u{2028}c\u{2029}d\u{9b}e\nf é") == "a b c d e f é")
    }

    @Test func `a certificate's subject can't end a line in a log`() {
        let certificate = X509_new()
        defer { X509_free(certificate) }
        let subject = "a\u{85}b\u{2028}c\u{9b}d é"
        X509_NAME_add_entry_by_NID(
            X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8, subject, -1, -1, 0)
        #expect(certificate.map { CertificateReader.subject(of: $0) } == "CN=a b c d é")
    }

    // MARK: The dialling plan

    @Test func `an attempt that is over before the SRV answer leaves no timer behind`() {
        let account = ComponentAccount(
            jid: "cb1.example.test", domain: "example.test", server: nil, secret: Secret("s"))
        var plan = DiallingPlan(account: account, limits: StepLimits())
        _ = plan.start()
        #expect(plan.handle(.timerFired(.attempt)).contains(.cancelTimer(.srvLookup)))
    }
}
