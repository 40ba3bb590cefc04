@testable import BridgeEngine

/// A reader of subjectAltName's DER (RFC 5280 §4.2.1.6) that gives up on everything unusual.
struct DERNamesReader {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The names, with an empty text where one proves nothing; nil where the extension has anything to wonder about.
    func names() -> [CertificateNames.Entry]? {
        guard let list = elements(bytes[...]), list.count == 1, list[0].tag == 0x30,
            let names = elements(list[0].content)
        else { return nil }
        var entries: [CertificateNames.Entry] = []
        for (tag, content) in names {
            switch tag {
            case 0x82: entries.append(name(content).map { .dns($0) } ?? .other(""))
            case 0x87:
                entries.append([4, 16].contains(content.count) ? .address(Array(content)) : .other(""))
            case 0x81, 0x86: entries.append(.other(""))
            case 0xA0:
                guard let entry = otherName(content) else { return nil }
                entries.append(entry)
            default: return nil
            }
        }
        return entries
    }

    private func otherName(_ content: ArraySlice<UInt8>) -> CertificateNames.Entry? {
        guard let parts = elements(content), parts.count == 2, parts[0].tag == 6, parts[1].tag == 0xA0,
            let values = elements(parts[1].content), values.count == 1
        else { return nil }
        let value = values[0]
        // id-on-dnsSRV (RFC 4985), id-on-xmppAddr (RFC 6120).
        switch (Array(parts[0].content), value.tag) {
        case ([0x2B, 6, 1, 5, 5, 7, 8, 7], 0x16): return name(value.content).map { .service($0) } ?? .other("")
        case ([0x2B, 6, 1, 5, 5, 7, 8, 5], 0x0C): return name(value.content).map { .xmpp($0) } ?? .other("")
        default: return nil
        }
    }

    private func name(_ content: ArraySlice<UInt8>) -> String? {
        content.isEmpty || content.contains { $0 <= 0x20 || $0 >= 0x7F }
            ? nil : String(decoding: content, as: UTF8.self)
    }

    /// Elements one behind the other, each with a length of one or two bytes.
    private func elements(_ bytes: ArraySlice<UInt8>) -> [(tag: UInt8, content: ArraySlice<UInt8>)]? {
        var elements: [(tag: UInt8, content: ArraySlice<UInt8>)] = []
        var rest = bytes
        while let tag = rest.popFirst() {
            guard var length = rest.popFirst().map(Int.init) else { return nil }
            if length == 0x81 {
                guard let long = rest.popFirst(), long >= 0x80 else { return nil }
                length = Int(long)
            } else if length >= 0x80 {
                return nil
            }
            guard rest.count >= length else { return nil }
            elements.append((tag, rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return elements
    }
}
