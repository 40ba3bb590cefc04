/// Writes a document as JSON (RFC 8259), its fields in the order of the description.
enum JSONWriter {
    /// The document's bytes.
    static func bytes(_ document: Document) -> [UInt8] {
        var fields = document.attributes + document.fields
        if let rows = document.rows {
            let objects = rows.rows.map { Document.Value.object([.init("id", .text($0.id))] + $0.fields) }
            fields.append(.init(document.root, .list(item: rows.item, objects)))
        }
        var text = ""
        write(.object(fields), to: &text)
        return Array(text.utf8)
    }

    private static func write(_ value: Document.Value, to text: inout String) {
        switch value {
        case .text(let value): text += quoted(value)
        case .integer(let value): text += String(value)
        case .thousandths(let value): text += Document.Value.text(ofThousandths: value)
        case .flag(let value): text += value ? "true" : "false"
        case .list(_, let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                write(value, to: &text)
            }
            text += "]"
        case .object(let fields):
            text += "{"
            for (index, field) in fields.enumerated() {
                text += (index > 0 ? "," : "") + quoted(field.name) + ":"
                write(field.value, to: &text)
            }
            text += "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
