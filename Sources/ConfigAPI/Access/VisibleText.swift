/// What others have written, so that all of it is seen: nothing in it ends a line, steers a terminal, or turns the
/// direction of the text around.
enum VisibleText {
    /// A character, or its number where it would not be seen: `\u{202e}`.
    static func shown(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate:
            "\\u{\(String(scalar.value, radix: 16))}"
        default: String(scalar)
        }
    }

    /// A text of at most `limit` bytes of UTF-8; a longer one is cut behind a character and ends in `…`. It costs no more
    /// than that, however long the text is.
    static func shown(_ text: some StringProtocol, limit: Int) -> String {
        let mark = "…"
        var result = ""
        // How much of it leaves room for the mark.
        var kept = 0
        for scalar in text.unicodeScalars {
            let piece = shown(scalar)
            guard result.utf8.count + piece.utf8.count <= limit else {
                return String(decoding: result.utf8.prefix(kept), as: UTF8.self) + mark
            }
            result.unicodeScalars.append(contentsOf: piece.unicodeScalars)
            if result.utf8.count + mark.utf8.count <= limit { kept = result.utf8.count }
        }
        return result
    }
}
