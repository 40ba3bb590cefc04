/// Keeps what others wrote from looking like lines, or parts of lines, of ours.
enum LogText {
    /// Whether a terminal or a reader of lines would do something with it other than show it: control characters, line
    /// separators, and what turns the direction of text around.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The text with unsafe characters as `\n`, `\r`, `\t` or `\u001b`, and nothing else changed.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    /// The text in quotes, with quotes, backslashes and unsafe characters escaped as JSON does it (RFC 8259 §7).
    ///
    /// By scalar, not by character: a quote with an accent on it still ends a JSON string.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                result += "\\"
                result.unicodeScalars.append(scalar)
            } else if isUnsafe(scalar) {
                result += escape(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// A message of several lines as one, for standard error.
    static func line(_ text: String) -> String {
        escaped(text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.joined(separator: " "))
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
    }
}
