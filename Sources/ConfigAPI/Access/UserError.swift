/// Why the users of the API, or those of the Call Bridge, could not be changed as asked.
public struct UserError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: Sendable, Equatable {
        /// There is a user of that name, or with that JID, already.
        case exists
        /// There is no such user.
        case unknown
        /// The text is no JID of a user.
        case badJID
        /// The name can't be one; see ``UserRules``.
        case badName
        /// The password can't be one; see ``UserRules``.
        case badPassword
        /// Nobody would be left to administer the server.
        case lastAdministrator
    }

    /// What is wrong.
    public let code: Code
    /// One sentence for an administrator. Never holds a password.
    public let message: String

    /// The sentence.
    public var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// With the code `.exists`.
    public static func exists(_ name: String) -> UserError { UserError(.exists, "There is a user \(name) already.") }

    /// With the code `.unknown`.
    public static func unknown(_ name: String) -> UserError { UserError(.unknown, "There is no user \(name).") }
}
