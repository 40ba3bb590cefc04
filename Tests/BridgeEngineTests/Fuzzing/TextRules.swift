/// What holds for the texts that reach administrators and logs.
enum TextRules {
    /// Whether it is one line that ends as a sentence, of a bearable length.
    static func isSentence(_ text: String) -> Bool {
        isOneLine(text) && text.unicodeScalars.count < 2000 && text.unicodeScalars.last == "."
    }

    /// Whether nothing in it can end a line or steer a terminal.
    static func isOneLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}
