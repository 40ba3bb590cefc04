import TestSupport
import Testing

@testable import BridgeEngine

@Suite struct XMLStreamParserTests {
    private static let header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
        + "xmlns:stream='http://etherx.jabber.org/streams' from='cb1.example.test' id='a&amp;b'>"

    private static let stanza =
        "<iq type='get' from='example.test' to='cb1.example.test' id='1'><ping xmlns='urn:xmpp:ping'/>t&lt;</iq>"

    private func parse(_ texts: String...) -> [XMLStreamParser.Event] {
        let parser = XMLStreamParser()
        return texts.flatMap { parser.parse(Array($0.utf8)) }
    }

    private func condition(_ events: [XMLStreamParser.Event]) -> XMLStreamError.Condition? {
        if case .failed(let error) = events.last { error.condition } else { nil }
    }

    private var expected: [XMLStreamParser.Event] {
        [
            .streamOpened(
                XMLElement(
                    name: XMLName("stream", in: XMPPNamespace.stream),
                    attributes: [XMLName("from"): "cb1.example.test", XMLName("id"): "a&b"])),
            .element(
                XMLElement(
                    name: XMLName("iq", in: XMPPNamespace.component),
                    attributes: [
                        XMLName("type"): "get", XMLName("from"): "example.test", XMLName("to"): "cb1.example.test",
                        XMLName("id"): "1",
                    ],
                    children: [.element(XMLElement(name: XMLName("ping", in: XMPPNamespace.ping))), .text("t<")])),
            .streamClosed,
        ]
    }

    @Test func `a stream comes as header, stanza and end`() {
        #expect(parse(Self.header + Self.stanza + "</stream:stream>") == expected)
    }

    @Test func `a stream in single bytes says the same`() {
        let parser = XMLStreamParser()
        let events = Array((Self.header + Self.stanza + " \n </stream:stream>").utf8).flatMap { parser.parse([$0]) }
        #expect(events == expected)
    }

    @Test func `each split into two pieces says the same, as soon as it can`() {
        let bytes = Array((Self.header + Self.stanza).utf8)
        for split in 0...bytes.count {
            let parser = XMLStreamParser()
            let events = parser.parse(bytes[..<split]) + parser.parse(bytes[split...])
            #expect(events == Array(expected.prefix(2)), "split at \(split)")
        }
    }

    @Test func `several stanzas in one read come in order`() {
        let many = String(repeating: Self.stanza, count: 1000)
        #expect(parse(Self.header, many).count == 1001)
    }

    private static let forbidden: [(String, XMLStreamError.Condition)] = [
        ("<!DOCTYPE a><a>", .restrictedXML),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>", .restrictedXML),
        ("\(header)<!-- x -->", .restrictedXML),
        ("\(header)<?php x ?>", .restrictedXML),
        ("\(header)<a>&foo;</a>", .restrictedXML),
        ("\(header)<a></b>", .notWellFormed),
        ("\(header)<a>\u{0}</a>", .notWellFormed),
        ("\(header)text<a/>", .notWellFormed),
        ("\(header)<x:a/>", .notWellFormed),
        ("HTTP/1.1 400 Bad Request>", .notWellFormed),
    ]

    @Test(arguments: forbidden) func `what XMPP forbids is refused by name`(
        text: String, wanted: XMLStreamError.Condition
    ) {
        #expect(condition(parse(text)) == wanted)
    }

    @Test func `invalid UTF-8 is refused`() {
        let parser = XMLStreamParser()
        let events = parser.parse(Array(Self.header.utf8) + Array("<a>".utf8) + [0xC0, 0xAF] + Array("</a>".utf8))
        #expect(condition(events) == .notWellFormed)
    }

    @Test(arguments: [[0xfe, 0xff], [0xff, 0xfe], []] as [[UInt8]], [true, false]) func `UTF-16 is refused`(
        mark: [UInt8], isBigEndian: Bool
    ) {
        let text = "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='1'>"
        let bytes = text.utf8.flatMap { (byte: UInt8) -> [UInt8] in isBigEndian ? [0, byte] : [byte, 0] }
        #expect(condition(XMLStreamParser().parse(mark + bytes)) == .notWellFormed)
    }

    @Test func `what was complete before an error is still told`() {
        let events = parse(Self.header + Self.stanza + "</stream:stream>junk<")
        #expect(events == expected)
    }

    @Test func `nothing is read after the end`() {
        #expect(parse(Self.header, "</stream:stream>", Self.stanza).count == 2)
    }

    @Test func `a header may have 4 KiB and no more`() {
        #expect(condition(parse("<a b='" + String(repeating: "x", count: 4096) + "'>")) == .policyViolation)
        #expect(condition(parse("<a b='" + String(repeating: "x", count: 5000))) == .policyViolation)
        #expect(condition(parse("<a b='" + String(repeating: "x", count: 4000) + "'>")) == nil)
    }

    @Test(arguments: [1, 1000, 1 << 20]) func `a stanza may have 256 KiB and no more`(piece: Int) {
        let parser = XMLStreamParser()
        _ = parser.parse(Array(Self.header.utf8))
        let bytes = Array(("<a>" + String(repeating: "y", count: 300 * 1024)).utf8)
        var last: [XMLStreamParser.Event] = []
        for start in stride(from: 0, to: bytes.count, by: piece) where last.isEmpty {
            last = parser.parse(bytes[start..<min(start + piece, bytes.count)])
        }
        #expect(condition(last) == .policyViolation)
    }

    @Test func `a stanza below the limit passes, again and again`() {
        let parser = XMLStreamParser()
        _ = parser.parse(Array(Self.header.utf8))
        let stanza = Array(("<a>" + String(repeating: "y", count: 200 * 1024) + "</a>").utf8)
        for _ in 0..<5 { #expect(parser.parse(stanza).count == 1) }
    }

    @Test func `elements may be 64 deep and no more`() {
        #expect(condition(parse(Self.header, String(repeating: "<a>", count: 63))) == nil)
        #expect(condition(parse(Self.header, String(repeating: "<a>", count: 64))) == .policyViolation)
    }

    @Test func `an attribute that comes in single bytes costs no quadratic time`() {
        let parser = XMLStreamParser()
        _ = parser.parse(Array(Self.header.utf8))
        _ = parser.parse(Array("<a b='".utf8))
        var last: [XMLStreamParser.Event] = []
        var fed = 0
        // ">" is allowed there, and each one could end the token.
        while last.isEmpty, fed < 300 * 1024 {
            last = parser.parse([UInt8(ascii: ">")])
            fed += 1
        }
        #expect(condition(last) == .policyViolation)
        #expect(fed < 8 * 1024, "the bytes that were read again are bounded")
    }

    @Test func `text of many lines costs no quadratic time`() {
        let parser = XMLStreamParser()
        _ = parser.parse(Array(Self.header.utf8))
        let text = String(repeating: "\n", count: 250 * 1024)
        let clock = ContinuousClock()
        let time = clock.measure {
            #expect(
                parser.parse(Array("<a>\(text)</a>".utf8)) == [
                    .element(XMLElement(name: XMLName("a", in: XMPPNamespace.component), children: [.text(text)]))
                ])
        }
        // A quarter of a million copies of the text would take minutes here.
        #expect(time < .seconds(10))
    }
}
