/// What a user may do. The words are part of the HTTP contract and of the database.
public enum Role: String, Sendable, CaseIterable {
    /// Reads and writes everything.
    case admin
    /// Reads and writes, as `admin`; for programs.
    case api
    /// Reads.
    case readonly
    /// Checks the logins of clients, and nothing else.
    case login

    /// Whether the user may read.
    var mayRead: Bool { self != .login }
    /// Whether the user may change anything.
    var mayWrite: Bool { self == .admin || self == .api }
    /// Whether the user may ask whether a client may log in.
    var mayCheckLogins: Bool { mayWrite || self == .login }
}
