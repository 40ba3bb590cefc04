/// A login that has been decided; never with its password.
public struct LoginReport: Sendable, Equatable {
    /// See ``LoginRequest/username``.
    public let username: String
    /// See ``LoginRequest/host``.
    public let host: String
    /// What became of it.
    public let verdict: LoginVerdict

    /// A report of a request's verdict.
    public init(_ request: LoginRequest, _ verdict: LoginVerdict) {
        username = request.username
        host = request.host
        self.verdict = verdict
    }
}
