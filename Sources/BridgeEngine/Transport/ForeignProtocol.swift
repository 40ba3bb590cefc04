/// Recognises a peer that does not speak TLS by its first bytes.
enum ForeignProtocol {
    /// As many of the first bytes as decide the question.
    static let decidingBytes = 2

    /// Whether a TLS server can begin like this: an alert or a handshake record of major version 3 (RFC 8446 §5.1).
    ///
    /// - Parameter bytes: the first bytes, possibly fewer than ``decidingBytes``.
    static func looksLikeTLS(_ bytes: some Collection<UInt8>) -> Bool {
        for (index, byte) in bytes.prefix(decidingBytes).enumerated() {
            let fits = index == 0 ? byte == 21 || byte == 22 : byte == 3
            guard fits else { return false }
        }
        return true
    }

    /// The failure for a peer that begins with these bytes; the detail says what they look like.
    static func failure(_ bytes: some Collection<UInt8>) -> TLSFailure {
        let known = signatures.first { bytes.starts(with: $0.prefix.utf8) }?.name
        let likeness = known.map { "this looks like \($0)" } ?? "this is no protocol known here"
        let sample = PrintableText.escape(bytes, limit: 32)
        return TLSFailure(
            reason: .notTLS, detail: "The server does not speak TLS on this port; \(likeness): \"\(sample)\".")
    }

    /// The longer beginnings come first.
    private static let signatures: [(prefix: String, name: String)] = [
        ("<?xml", "plain XMPP"),
        ("<stream:", "plain XMPP"),
        ("HTTP/", "HTTP"),
        ("<!DOCTYPE", "HTTP"),
        ("<html", "HTTP"),
        ("<", "plain XMPP"),
        ("SSH-", "SSH"),
        ("220", "SMTP or FTP"),
        ("* OK", "IMAP"),
        ("+OK", "POP3"),
    ]
}
