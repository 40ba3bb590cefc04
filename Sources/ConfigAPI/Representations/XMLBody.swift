internal import CExpat

/// An XML body in the shape of what GET answers: a root element with one element for each parameter, text inside.
///
/// The one file of the API that knows expat. A document type is refused, and with it every entity of its own.
struct XMLBody: Equatable {
    let root: String
    let pairs: [NamedValue]

    /// Reads a body; nil if it is no well-formed XML, has a document type, attributes, or text between the elements.
    init?(_ body: [UInt8]) {
        guard let parser = XML_ParserCreate(nil) else { return nil }
        defer { XML_ParserFree(parser) }
        let reader = Reader(parser)
        // The handlers run inside XML_Parse alone, so only while `reader` is held here.
        let status = withExtendedLifetime(reader) {
            XML_SetUserData(parser, Unmanaged.passUnretained(reader).toOpaque())
            XML_SetElementHandler(parser, startElement, endElement)
            XML_SetCharacterDataHandler(parser, characterData)
            XML_SetStartDoctypeDeclHandler(parser, startDoctype)
            return body.withUnsafeBytes { bytes in
                XML_Parse(parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 1)
            }
        }
        guard status == XML_STATUS_OK, !reader.isMisplaced, let root = reader.root else { return nil }
        self.root = root
        pairs = reader.pairs
    }

    /// What the handlers have found.
    fileprivate final class Reader {
        let parser: OpaquePointer
        var root: String?
        var pairs: [NamedValue] = []
        /// Whether something stands where nothing may stand, which would otherwise pass in silence.
        var isMisplaced = false
        private var depth = 0
        private var text = ""
        private var name = ""
        private var isText = true

        init(_ parser: OpaquePointer) {
            self.parser = parser
        }

        func opened(_ element: String) {
            depth += 1
            switch depth {
            case 1: root = element
            case 2:
                name = element
                text = ""
                isText = true
            default: isText = false
            }
        }

        func closed() {
            if depth == 2 { pairs.append(NamedValue(name: name, value: isText ? text : nil)) }
            depth -= 1
        }

        func read(_ characters: String) {
            if depth == 2 {
                text += characters
            } else if depth == 1, !characters.allSatisfy(\.isWhitespace) {
                isMisplaced = true
            }
        }
    }
}

// expat calls these with the reader of the parser that runs, on its thread, before XML_Parse returns.

private func reader(_ context: UnsafeMutableRawPointer?) -> XMLBody.Reader? {
    context.map { Unmanaged<XMLBody.Reader>.fromOpaque($0).takeUnretainedValue() }
}

private func startElement(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?,
    _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
) {
    guard let reader = reader(context), let name else { return }
    if attributes?.pointee != nil { reader.isMisplaced = true }
    reader.opened(String(cString: name))
}

private func endElement(_ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?) {
    reader(context)?.closed()
}

private func characterData(
    _ context: UnsafeMutableRawPointer?, _ bytes: UnsafePointer<XML_Char>?, _ count: Int32
) {
    guard let bytes else { return }
    reader(context)?.read(
        String(decoding: UnsafeRawBufferPointer(start: bytes, count: Int(count)), as: UTF8.self))
}

private func startDoctype(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?, _ system: UnsafePointer<XML_Char>?,
    _ identifier: UnsafePointer<XML_Char>?, _ hasInternalSubset: Int32
) {
    if let reader = reader(context) { XML_StopParser(reader.parser, XML_Bool(XML_FALSE)) }
}
