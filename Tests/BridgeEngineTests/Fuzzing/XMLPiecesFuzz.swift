@testable import BridgeEngine

/// The stream parser: the pieces in which a stream comes make no difference, and its limits hold.
///
/// An input is a byte of flags, a byte from which the pieces' sizes follow, and the stream. In the stream `00 n c` stands
/// for n × 128 times the byte c, so that a short input reaches the limits.
enum XMLPiecesFuzz {
    static let header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
        + "xmlns:stream='http://etherx.jabber.org/streams' from='cb1.example.test' id='x'>"

    static func check(_ bytes: [UInt8]) throws(FuzzFinding) {
        var input = FuzzInput(bytes)
        let flags = input.byte()
        var sizes = PieceSizes(kind: flags >> 2 & 3, seed: input.byte())
        var limits = XMLStreamLimits()
        if flags & 2 != 0 {
            // Above what the parser hands to expat at once, which it may hold.
            limits = XMLStreamLimits(
                header: 512, stanza: 17 * 1024, tag: 1024, names: 32 * 1024, depth: 8, rescanned: 64 * 1024)
        }
        // The last byte lets the parser read all that it has held back.
        let stream =
            (flags & 1 == 0 ? [] : Array(header.utf8)) + expanded(input.remainder(), most: 20 * 1024)
            + [UInt8(ascii: ">")]
        // Single bytes of a long stream say nothing that those of a short one don't, and take long.
        if stream.count > 2048 { sizes.least = 32 }

        let whole = XMLStreamParser(limits: limits)
        let expected = whole.parse(stream)
        try XMLEventRules.check(expected, limits)
        let pieced = XMLStreamParser(limits: limits)
        var events: [XMLStreamParser.Event] = []
        var rest = stream[...]
        while !rest.isEmpty {
            let piece = rest.prefix(sizes.next())
            rest = rest.dropFirst(piece.count)
            events += pieced.parse(piece)
        }
        try XMLEventRules.check(events, limits)
        try compare(events, expected)
        for (parser, told) in [(whole, expected), (pieced, events)] where told.last.map(XMLEventRules.isEnd) == true {
            try FuzzFinding.unless(parser.parse(Array(header.utf8)).isEmpty, "something came after the end")
        }
    }

    /// The same events, then the same end. A stanza that is both too long and not well-formed may be refused for either
    /// reason, whichever shows first, and too many pieces are a reason of their own.
    private static func compare(
        _ events: [XMLStreamParser.Event], _ expected: [XMLStreamParser.Event]
    ) throws(FuzzFinding) {
        let (told, error) = split(events)
        let (expectedTold, expectedError) = split(expected)
        let (text, expectedText) = (told.map(XMLEventRules.text), expectedTold.map(XMLEventRules.text))
        let isSame =
            error?.detail.contains("too many pieces") == true
            ? text.elementsEqual(expectedText.prefix(text.count)) : text == expectedText
        try FuzzFinding.unless(isSame, "other events: \(events), not \(expected)")
        let isSizeInvolved = error?.condition == .policyViolation || expectedError?.condition == .policyViolation
        try FuzzFinding.unless(
            isSizeInvolved
                ? error != nil && (expectedError != nil || error?.detail.contains("too many pieces") == true)
                : error?.condition == expectedError?.condition,
            "another end: \(String(describing: error)), not \(String(describing: expectedError))")
    }

    private static func split(
        _ events: [XMLStreamParser.Event]
    ) -> (told: [XMLStreamParser.Event], error: XMLStreamError?) {
        if case .failed(let error) = events.last { (Array(events.dropLast()), error) } else { (events, nil) }
    }

    private static func expanded(_ bytes: [UInt8], most: Int) -> [UInt8] {
        var result: [UInt8] = []
        var input = FuzzInput(bytes)
        while !input.isEmpty, result.count < most {
            let byte = input.byte()
            if byte != 0 {
                result.append(byte)
            } else {
                let count = Int(input.byte()) * 128
                let repeated = input.byte()
                result += repeatElement(repeated, count: min(count, most - result.count))
            }
        }
        return result
    }

    /// The sizes of a stream's pieces.
    private struct PieceSizes {
        let kind: UInt8
        var least = 1
        private var state: UInt64

        init(kind: UInt8, seed: UInt8) {
            self.kind = kind
            state = UInt64(seed)
        }

        mutating func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let random = Int(state >> 33)
            return switch kind {
            case 0: least
            case 1: least + random % 8
            case 2: least + random % 300
            default: least + random % 20_000
            }
        }
    }
}
