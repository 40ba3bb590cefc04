internal import GRDB

/// Why the database can't be used: a sentence for an administrator.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    /// An error in words, without the SQL and its arguments, which may hold a secret.
    static func words(for error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(type(of: error))" }
        return error.message ?? "SQLite error \(error.resultCode.rawValue)"
    }
}
