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
        self.init(username: request.username, host: request.host, verdict: verdict)
    }

    init(username: String, host: String, verdict: LoginVerdict) {
        self.username = username
        self.host = host
        self.verdict = verdict
    }
}
