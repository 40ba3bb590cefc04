internal import CExpat
internal import Glibc

/// Reads an XMPP stream in pieces of any size: header, stanzas, closing tag. The one file that knows expat.
///
/// Only the XML that RFC 6120 §11 allows passes: no document type, comments or processing instructions, UTF-8 alone, each
/// within ``XMLStreamLimits``. Not thread-safe; belongs to one connection.
///
/// expat reads an unfinished token again with each piece, which costs quadratic time when a peer sends single bytes, and
/// its own cure (deferral) may hold a finished token back until more data comes, which a waiting XMPP peer never sends.
/// So deferral is off, bytes are handed on only when a `>` can end something, and what is read again is counted.
final class XMLStreamParser {
    /// What the stream says.
    enum Event: Equatable {
        /// The stream header: its name and attributes.
        case streamOpened(XMLElement)
        /// A first-level element.
        case element(XMLElement)
        /// The stream's closing tag; nothing comes after it.
        case streamClosed
        /// The stream can't be read any further; nothing comes after it.
        case failed(XMLStreamError)
    }

    /// Between a namespace and a local name in what expat reports. No URI holds it, and expat refuses one that does.
    private static let separator = UInt8(ascii: "\n")
    /// expat gets no more than this at once, so that its buffer stays small.
    private static let pieceSize = 16 * 1024

    private let limits: XMLStreamLimits
    private let parser: OpaquePointer
    private var held: [UInt8] = []
    private var events: [Event] = []
    private var open: [XMLElement] = []
    /// The text that is being read, of the innermost element; appended to its children once it is complete.
    private var run = ""
    private var isHeaderRead = false
    /// Nothing more is read: the stream was closed or has failed.
    private var isOver = false
    /// The bytes that expat has had.
    private var fed = 0
    /// Where the header or stanza that is being read began.
    private var start = 0
    private var rescanned = 0
    /// The bytes of the names in this stanza.
    private var named = 0

    /// A parser for a new stream.
    init(limits: XMLStreamLimits = XMLStreamLimits()) {
        self.limits = limits
        guard let parser = XML_ParserCreateNS("UTF-8", XML_Char(Self.separator)) else {
            preconditionFailure("out of memory")
        }
        self.parser = parser
        XML_SetReparseDeferralEnabled(parser, XML_Bool(XML_FALSE))
        // The handlers run inside XML_Parse alone, so only while `parse` holds self.
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(parser, startElement, endElement)
        XML_SetCharacterDataHandler(parser, characterData)
        XML_SetStartDoctypeDeclHandler(parser, startDoctype)
        XML_SetCommentHandler(parser, comment)
        XML_SetProcessingInstructionHandler(parser, processingInstruction)
    }

    deinit {
        XML_ParserFree(parser)
    }

    /// Reads the next bytes and returns what is complete with them.
    func parse(_ bytes: some Collection<UInt8>) -> [Event] {
        if isOver { return [] }
        held.append(contentsOf: bytes)
        if bytes.contains(UInt8(ascii: ">")) || held.count >= Self.pieceSize { feed() }
        checkSize(upTo: fed + held.count)
        defer { events = [] }
        return events
    }

    private func feed() {
        // expat takes UTF-16 for what it is, whatever encoding it was told; in UTF-8 these bytes are nothing.
        if fed == 0, held.prefix(2).contains(where: { $0 == 0 || $0 >= 0xfe }) {
            fail(.notWellFormed, "The XML is not well-formed: it is not in UTF-8.")
        }
        var rest = held[...]
        while !rest.isEmpty, !isOver {
            let piece = rest.prefix(Self.pieceSize)
            rest = rest.dropFirst(piece.count)
            fed += piece.count
            let status = piece.withUnsafeBytes { buffer in
                XML_Parse(parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), 0)
            }
            if status != XML_STATUS_OK { refuse(XML_GetErrorCode(parser)) }
            countRescan()
            checkSize(upTo: fed)
            // What expat has not told of yet is a tag; text is told as it comes.
            checkTag(fed - position)
        }
        held = []
    }

    private func refuse(_ error: XML_Error) {
        // A reference to any but the five that XML itself knows.
        if error == XML_ERROR_UNDEFINED_ENTITY { return restricted("a reference to an entity") }
        let message = XML_ErrorString(error).map { String(cString: $0) } ?? "unknown error"
        fail(.notWellFormed, "The XML is not well-formed: \(message).")
    }

    /// Where in the bytes expat stands: the start of the token that it reports or waits for.
    private var position: Int { max(0, Int(XML_GetCurrentByteIndex(parser))) }

    private func countRescan() {
        rescanned += fed - position
        if rescanned > limits.rescanned {
            fail(.policyViolation, "A part of the stream came in too many pieces.")
        }
    }

    private func checkSize(upTo end: Int) {
        let limit = isHeaderRead ? limits.stanza : limits.header
        if end - start > limit {
            let what = isHeaderRead ? "A stanza" : "The stream header"
            fail(.policyViolation, "\(what) is longer than \(limit) bytes.")
        }
    }

    /// Before expat has seen its end, since that is when a tag becomes expensive.
    private func checkTag(_ length: Int) {
        if length > limits.tag { fail(.policyViolation, "A tag is longer than \(limits.tag) bytes.") }
    }

    private func fail(_ condition: XMLStreamError.Condition, _ detail: String) {
        end(with: .failed(XMLStreamError(condition: condition, detail: detail)))
    }

    private func end(with event: Event) {
        guard !isOver else { return }
        isOver = true
        events.append(event)
        XML_StopParser(parser, XML_Bool(XML_FALSE))
    }

    // MARK: What expat reports

    /// Whether a tag may be read whose names have so many bytes.
    fileprivate func admits(names: Int) -> Bool {
        if isOver { return false }
        checkTag(Int(XML_GetCurrentByteCount(parser)))
        named += names
        if named > limits.names {
            let what = isHeaderRead ? "A stanza" : "The stream header"
            fail(.policyViolation, "\(what) has names of more than \(limits.names) bytes with their namespaces.")
        }
        return !isOver
    }

    fileprivate func opened(_ name: String, _ attributes: [XMLName: String]) {
        if isOver { return }
        let element = XMLElement(name: Self.name(name), attributes: attributes)
        guard isHeaderRead else {
            let end = position + Int(XML_GetCurrentByteCount(parser))
            checkSize(upTo: end)
            if isOver { return }
            isHeaderRead = true
            named = 0
            next(from: end)
            events.append(.streamOpened(element))
            return
        }
        if open.isEmpty { next(from: position) }
        endRun()
        open.append(element)
        checkSize(upTo: position + Int(XML_GetCurrentByteCount(parser)))
        if open.count + 1 > limits.depth { fail(.policyViolation, "A stanza is deeper than \(limits.depth) elements.") }
    }

    fileprivate func closed() {
        if isOver { return }
        let end = position + Int(XML_GetCurrentByteCount(parser))
        endRun()
        guard let element = open.popLast() else {
            self.end(with: .streamClosed)
            return
        }
        checkSize(upTo: end)
        if isOver { return }
        if open.isEmpty {
            named = 0
            next(from: end)
            events.append(.element(element))
        } else {
            open[open.count - 1].children.append(.element(element))
        }
    }

    fileprivate func text(_ text: String) {
        if isOver { return }
        guard !open.isEmpty else {
            // White space between stanzas keeps a connection alive and means nothing else (RFC 6120 §4.6.1).
            next(from: position + Int(XML_GetCurrentByteCount(parser)))
            if !text.utf8.allSatisfy(Self.isBlank) { fail(.notWellFormed, "There is text between two stanzas.") }
            return
        }
        // expat splits text at line ends and buffer ends.
        run += text
    }

    /// XML 1.0 §2.3. Unicode's other blanks are text, and so is a combining character behind a blank.
    private static func isBlank(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
        default: false
        }
    }

    private func endRun() {
        guard !run.isEmpty else { return }
        open[open.count - 1].children.append(.text(run))
        run = ""
    }

    fileprivate func restricted(_ what: String) {
        fail(.restrictedXML, "The stream holds \(what), which XMPP does not allow.")
    }

    private func next(from position: Int) {
        start = position
        rescanned = 0
    }

    fileprivate static func name(_ reported: String) -> XMLName {
        // By bytes: a carriage return at the end of a namespace and the separator are one character.
        guard let end = reported.utf8.lastIndex(of: separator) else { return XMLName(reported) }
        return XMLName(String(reported[reported.utf8.index(after: end)...]), in: String(reported[..<end]))
    }
}

// expat calls these with the parser that `parse` runs, on its thread, before it returns.

private func stream(_ context: UnsafeMutableRawPointer?) -> XMLStreamParser? {
    context.map { Unmanaged<XMLStreamParser>.fromOpaque($0).takeUnretainedValue() }
}

private func startElement(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?,
    _ pairs: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
) {
    guard let stream = stream(context), let name else { return }
    var names = strlen(name)
    var next = pairs
    while let pair = next, let key = pair[0] {
        names += strlen(key)
        next = pair + 2
    }
    // Before any of them becomes a string.
    guard stream.admits(names: names) else { return }
    var attributes: [XMLName: String] = [:]
    next = pairs
    while let pair = next, let key = pair[0], let value = pair[1] {
        attributes[XMLStreamParser.name(String(cString: key))] = String(cString: value)
        next = pair + 2
    }
    stream.opened(String(cString: name), attributes)
}

private func endElement(_ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?) {
    stream(context)?.closed()
}

private func characterData(
    _ context: UnsafeMutableRawPointer?, _ bytes: UnsafePointer<XML_Char>?, _ count: Int32
) {
    guard let bytes else { return }
    let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(count))
    stream(context)?.text(String(decoding: buffer, as: UTF8.self))
}

private func startDoctype(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?, _ system: UnsafePointer<XML_Char>?,
    _ identifier: UnsafePointer<XML_Char>?, _ hasInternalSubset: Int32
) {
    stream(context)?.restricted("a document type declaration")
}

private func comment(_ context: UnsafeMutableRawPointer?, _ text: UnsafePointer<XML_Char>?) {
    stream(context)?.restricted("a comment")
}

private func processingInstruction(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<XML_Char>?, _ data: UnsafePointer<XML_Char>?
) {
    stream(context)?.restricted("a processing instruction")
}
