/// A user of the API, as far as others may know: never with the password's hash.
public struct User: Sendable, Equatable {
    /// What the user logs in with; see ``UserRules``.
    public let name: String
    /// What the user may do.
    public let role: Role
}
