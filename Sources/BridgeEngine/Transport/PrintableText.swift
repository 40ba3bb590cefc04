/// Makes text from the other side fit for a log or a status: bounded, and without anything that could forge a line.
enum PrintableText {
    /// Escapes everything but printable ASCII as `\xNN` and cuts after `limit` bytes of input.
    static func escape(_ bytes: some Collection<UInt8>, limit: Int = 256) -> String {
        var text = ""
        for byte in bytes.prefix(limit) {
            if (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\\") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16)
                text += digits.count == 1 ? "\\x0\(digits)" : "\\x\(digits)"
            }
        }
        return bytes.count > limit ? text + "…" : text
    }

    /// Readable text with a blank for everything that could end a line or steer a terminal: control characters, those of
    /// ISO 6429 above U+0080 included, and Unicode's separators of lines and paragraphs.
    static func oneLine(_ text: some Sequence<Unicode.Scalar>) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
