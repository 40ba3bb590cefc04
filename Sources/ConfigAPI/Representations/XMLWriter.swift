/// Writes a document as a Cisco Meeting Server does: one line, no encoding attribute, an empty value as an open/close
/// pair.
enum XMLWriter {
    /// What stands before each document.
    static let declaration = "<?xml version=\"1.0\"?>"

    /// The document's bytes.
    static func bytes(_ document: Document) -> [UInt8] {
        var text = declaration + "<\(document.root)"
        for attribute in document.attributes {
            text += " \(attribute.name)=\"\(plain(attribute.value))\""
        }
        text += ">"
        for field in document.fields { write(field.name, field.value, to: &text) }
        if let rows = document.rows {
            for row in rows.rows {
                text += "<\(rows.item) id=\"\(escaped(row.id))\">"
                for field in row.fields { write(field.name, field.value, to: &text) }
                text += "</\(rows.item)>"
            }
        }
        text += "</\(document.root)>"
        return Array(text.utf8)
    }

    private static func plain(_ value: Document.Value) -> String {
        switch value {
        case .text(let value): escaped(value)
        case .integer(let value): String(value)
        case .thousandths(let value): Document.Value.text(ofThousandths: value)
        case .flag(let value): value ? "true" : "false"
        // Attributes hold plain values alone.
        case .list, .object: ""
        }
    }

    private static func write(_ name: String, _ value: Document.Value, to text: inout String) {
        text += "<\(name)>"
        switch value {
        case .text, .integer, .thousandths, .flag: text += plain(value)
        case .list(let item, let values): for value in values { write(item, value, to: &text) }
        case .object(let fields): for field in fields { write(field.name, field.value, to: &text) }
        }
        text += "</\(name)>"
    }

    /// Text with the characters escaped that mean something in content or in a quoted attribute. Characters that XML 1.0
    /// can't hold are replaced by U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "\t", "\n", "\r": result.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
