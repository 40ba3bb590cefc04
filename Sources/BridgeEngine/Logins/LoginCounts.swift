/// How many logins have been decided, by what became of them.
public struct LoginCounts: Sendable, Equatable {
    /// See ``LoginVerdict/accepted``.
    public internal(set) var accepted = 0
    /// See ``LoginVerdict/refused(_:)``.
    public internal(set) var refused = 0
    /// See ``LoginVerdict/failed(_:)``.
    public internal(set) var failed = 0

    /// None.
    public init() {}

    /// Counts one.
    mutating func count(_ verdict: LoginVerdict) {
        switch verdict {
        case .accepted: accepted += 1
        case .refused: refused += 1
        case .failed: failed += 1
        }
    }
}
