internal import BridgeEngine

/// The bare JID of a user who logs in: `alice@example.test` (RFC 7622).
///
/// Compared as XMPP servers compare, which prepare a name before they ask: neither case nor compatible forms of a
/// character count; see `String.folded`.
struct UserJID: Sendable, Hashable, CustomStringConvertible {
    /// The longest local part, in bytes (RFC 7622 §3.3).
    static let longestUsername = 1023

    /// The local part, normalised.
    let username: String
    /// In lower case and A-label form.
    let host: String

    /// Reads what a person has written; nil if it is none.
    init?(_ text: String) {
        try? self.init(checking: text)
    }

    /// Nil where the local part or the host can't be one.
    init?(username: String, host: String) {
        try? self.init(checking: username, host: host)
    }

    /// Reads what a person has written.
    /// - Throws: ``UserError`` with the code `.badJID` and a sentence that says what is wrong.
    init(checking text: String) throws(UserError) {
        // By scalars: a combining mark behind the `@` would hide it in a character.
        let parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw UserError(.badJID, "A user's JID is name@host, as in alice@example.com.")
        }
        guard !parts[1].contains("/") else { throw UserError(.badJID, "A user's JID has no resource behind a slash.") }
        try self.init(checking: String(parts[0]), host: String(parts[1]))
    }

    private init(checking username: String, host: String) throws(UserError) {
        let username = username.folded
        guard (1...Self.longestUsername).contains(username.utf8.count) else {
            throw UserError(.badJID, "The part of a user's JID before the @ has 1 to \(Self.longestUsername) bytes.")
        }
        guard username.unicodeScalars.allSatisfy(Self.isAllowed) else {
            throw UserError(
                .badJID,
                #"The part of a user's JID before the @ has no blanks, no invisible characters and none of "&'/:<>@."#)
        }
        guard let host = DNSName.normalized(DNSName.aLabels(of: host)) else {
            throw UserError(
                .badJID,
                "The part of a user's JID behind the @ is a DNS name of at most \(DNSName.maximumLength) characters.")
        }
        self.username = username
        self.host = host
    }

    var description: String { "\(username)@\(host)" }

    /// RFC 7622 §3.3.1, and of the characters that PRECIS disallows those that nobody sees.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .unassigned,
            .privateUse:
            return false
        default:
            // U+FFFD stands in a String for bytes that were no UTF-8.
            return !#""&'/:<>@"#.unicodeScalars.contains(scalar) && scalar != "\u{FFFD}"
                && !scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
