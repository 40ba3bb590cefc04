internal import BridgeEngine
internal import Foundation

/// The bare JID of a user who logs in: `alice@example.test` (RFC 7622).
///
/// Compared as XMPP servers compare: case does not count, and characters that look the same by their canonical
/// decomposition are the same (RFC 8265, UsernameCaseMapped, without the mapping of full-width letters).
struct UserJID: Sendable, Hashable, CustomStringConvertible {
    /// The longest local part, in bytes (RFC 7622 §3.3).
    static let longestUsername = 1023

    /// The local part, normalised.
    let username: String
    /// In lower case and A-label form.
    let host: String

    /// Reads what a person has written; nil if it is none.
    init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        self.init(username: String(parts[0]), host: String(parts[1]))
    }

    /// Nil where the local part or the host can't be one.
    init?(username: String, host: String) {
        guard let username = Self.normalized(username), let host = DNSName.normalized(DNSName.aLabels(of: host)) else {
            return nil
        }
        self.username = username
        self.host = host
    }

    var description: String { "\(username)@\(host)" }

    private static func normalized(_ username: String) -> String? {
        let name = username.lowercased().precomposedStringWithCanonicalMapping
        guard (1...longestUsername).contains(name.utf8.count) else { return nil }
        let isAllowed = name.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .unassigned,
                .privateUse:
                false
            default: !#""&'/:<>@"#.unicodeScalars.contains(scalar) && scalar != "\u{FFFD}"
            }
        }
        return isAllowed ? name : nil
    }
}
