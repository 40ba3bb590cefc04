@testable import BridgeEngine

/// What holds for the events of every stream.
enum XMLEventRules {
    static func check(_ events: [XMLStreamParser.Event], _ limits: XMLStreamLimits) throws(FuzzFinding) {
        for (index, event) in events.enumerated() {
            switch event {
            case .streamOpened(let header):
                try FuzzFinding.unless(index == 0, "a second header")
                try checkWhole(header, depth: 1, limits)
            case .element(let element):
                try FuzzFinding.unless(index > 0, "a stanza before the header")
                try checkWhole(element, depth: 2, limits)
            case .streamClosed: try FuzzFinding.unless(index > 0, "an end before the header")
            case .failed(let error):
                try FuzzFinding.unless(TextRules.isSentence(error.detail), "not a sentence: \(error.detail)")
            }
            try FuzzFinding.unless(!isEnd(event) || index == events.count - 1, "something came after the end")
        }
    }

    static func isEnd(_ event: XMLStreamParser.Event) -> Bool {
        switch event {
        case .streamClosed, .failed: true
        case .streamOpened, .element: false
        }
    }

    private static func checkWhole(_ element: XMLElement, depth: Int, _ limits: XMLStreamLimits) throws(FuzzFinding) {
        // A name costs what its namespace costs, however short its prefix is.
        try FuzzFinding.unless(size(element) <= limits.stanza * 20, "\(size(element)) bytes came to be")
        try check(element, depth: depth, limits)
        for value in element.attributes.values { try checkEscapes(value) }
    }

    private static func check(_ element: XMLElement, depth: Int, _ limits: XMLStreamLimits) throws(FuzzFinding) {
        try FuzzFinding.unless(depth <= limits.depth, "elements are \(depth) deep")
        for name in [element.name] + element.attributes.keys {
            // Namespaces in XML 1.0 §4: a local part has no colon; and no name has blanks.
            try FuzzFinding.unless(
                !name.local.isEmpty && !name.local.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: ":") },
                "\(name) is no name")
        }
        var wasText = false
        for child in element.children {
            switch child {
            case .text(let text):
                try FuzzFinding.unless(!text.isEmpty && !wasText, "text comes in two runs")
                wasText = true
            case .element(let child):
                wasText = false
                try check(child, depth: depth + 1, limits)
            }
        }
    }

    /// What is written into an attribute is read back as it was.
    private static func checkEscapes(_ value: String) throws(FuzzFinding) {
        guard value.utf8.count < 1000 else { return }
        let events = XMLStreamParser().parse(Array("<a b='\(XMLText.escaped(value))'>".utf8))
        guard case .streamOpened(let header) = events.first, let read = header["b"] else {
            throw FuzzFinding(description: "\(value.debugDescription) is not escaped: \(events)")
        }
        try FuzzFinding.unless(
            read.utf8.elementsEqual(value.utf8), "\(value.debugDescription) is read back as \(read.debugDescription)")
    }

    private static func size(_ element: XMLElement) -> Int {
        var size =
            self.size(element.name) + element.attributes.reduce(0) { $0 + self.size($1.key) + $1.value.utf8.count }
        for child in element.children {
            switch child {
            case .text(let text): size += text.utf8.count
            case .element(let element): size += self.size(element)
            }
        }
        return size
    }

    private static func size(_ name: XMLName) -> Int { name.namespace.utf8.count + name.local.utf8.count }

    // MARK: Comparing

    /// An event as bytes: strings that Swift takes for equal may differ on the wire.
    static func text(_ event: XMLStreamParser.Event) -> [UInt8] {
        switch event {
        case .streamOpened(let header): Array("open".utf8) + text(header)
        case .element(let element): Array("element".utf8) + text(element)
        case .streamClosed: Array("close".utf8)
        case .failed(let error): Array("failed \(error)".utf8)
        }
    }

    private static func text(_ element: XMLElement) -> [UInt8] {
        var bytes = text(element.name)
        let attributes = element.attributes.map { text($0.key) + [0x3D] + Array($0.value.utf8) + [0] }
        bytes += attributes.sorted { $0.lexicographicallyPrecedes($1) }.joined()
        for child in element.children {
            switch child {
            case .text(let text): bytes += [0, 0x74] + Array(text.utf8)
            case .element(let element): bytes += [0, 0x65] + text(element)
            }
        }
        return bytes + [0, 0x2F]
    }

    private static func text(_ name: XMLName) -> [UInt8] {
        Array(name.namespace.utf8) + [0] + Array(name.local.utf8) + [0]
    }
}
