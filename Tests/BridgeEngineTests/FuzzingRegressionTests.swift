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
}
