internal import GRDB

/// Why the database can't be used: a sentence for an administrator.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    /// A database that must not be used, so that the damage does not grow.
    /// - Parameter damage: in SQLite's words.
    static func damaged(_ path: String, _ damage: String) -> StoreError {
        StoreError("The database \(path) is damaged: \(damage). Nothing was changed; put a backup in its place.")
    }

    /// An error in words, without the SQL and its arguments, which may hold a secret.
    static func words(for error: any Error) -> String {
        if let error = error as? StoreError { return error.description }
        guard let error = error as? DatabaseError else { return "\(type(of: error))" }
        return error.message ?? "SQLite error \(error.resultCode.rawValue)"
    }
}
