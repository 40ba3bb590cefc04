/// A login that has been decided; never with its password.
public struct LoginReport: Sendable, Equatable {
    /// See ``LoginRequest/username``.
    public let username: String
    /// See ``LoginRequest/host``.
    public let host: String
    /// What became of it.
    public let verdict: LoginVerdict
    /// How long that took, from the whole question on, in microseconds; nil where nobody has looked at a clock.
    public let microseconds: Int64?

    /// A report of a request's verdict.
    public init(_ request: LoginRequest, _ verdict: LoginVerdict, microseconds: Int64? = nil) {
        self.init(username: request.username, host: request.host, verdict: verdict, microseconds: microseconds)
    }

    init(username: String, host: String, verdict: LoginVerdict, microseconds: Int64? = nil) {
        self.username = username
        self.host = host
        self.verdict = verdict
        self.microseconds = microseconds
    }
}
