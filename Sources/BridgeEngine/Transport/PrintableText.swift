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
}
