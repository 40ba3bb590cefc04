public import BridgeEngine

/// What names and passwords of users can be, of the API's and of the Call Bridge's.
///
/// HTTP Basic (RFC 7617 §2) sends `name:password`: a colon in a name could not be told from the one between them, and
/// control characters are forbidden in both.
public enum UserRules {
    /// The longest name, in bytes of UTF-8.
    public static let longestName = 255
    /// The longest password, in bytes.
    public static let longestPassword = 1024

    /// Throws ``UserError`` with the code `.badName` unless the name has 1 to 255 bytes of UTF-8, without a colon,
    /// control characters or line separators.
    public static func check(name: String) throws(UserError) {
        guard !name.isEmpty else { throw UserError(.badName, "A user's name can't be empty.") }
        guard name.utf8.count <= longestName else {
            throw UserError(.badName, "A user's name has at most \(longestName) bytes.")
        }
        for scalar in name.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                throw UserError(.badName, "A user's name can't hold control characters.")
            default: break
            }
            if scalar == ":" { throw UserError(.badName, "A user's name can't hold a colon.") }
            // What stands in a String for bytes that were no UTF-8.
            if scalar == "\u{FFFD}" { throw UserError(.badName, "A user's name is UTF-8.") }
        }
    }

    /// Throws ``UserError`` with the code `.badName` unless the name, which is only for people to read, has at most 255
    /// bytes of UTF-8 without control characters and line separators. It may be empty.
    public static func check(displayName name: String) throws(UserError) {
        guard name.utf8.count <= longestName else {
            throw UserError(.badName, "A name has at most \(longestName) bytes.")
        }
        for scalar in name.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                throw UserError(.badName, "A name can't hold control characters or line ends.")
            default: break
            }
            if scalar == "\u{FFFD}" { throw UserError(.badName, "A name is UTF-8.") }
        }
    }

    /// The bare JID of a user of the Call Bridge, `name@host` (RFC 7622), as it is stored and compared: without case, the
    /// host in its A-label form.
    /// - Throws: ``UserError`` with the code `.badJID` and a sentence that says what is wrong.
    public static func normalized(userJid: String) throws(UserError) -> String {
        try UserJID(checking: userJid).description
    }

    /// Throws ``UserError`` with the code `.badPassword` unless the password has 1 to 1,024 bytes of UTF-8 without
    /// control characters.
    public static func check(password: Secret) throws(UserError) {
        guard password.count > 0 else { throw UserError(.badPassword, "A password can't be empty.") }
        guard password.count <= longestPassword else {
            throw UserError(.badPassword, "A password has at most \(longestPassword) bytes.")
        }
        let problem: UserError? = password.withUnsafeBytes { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return UserError(.badPassword, "A password is UTF-8.")
            }
            let isClean = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            return isClean ? nil : UserError(.badPassword, "A password can't hold control characters or line ends.")
        }
        if let problem { throw problem }
    }
}
