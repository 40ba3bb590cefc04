@testable import BridgeEngine

extension LoginReport {
    /// The password of each sample.
    static let password = "correct horse 7"

    /// A login of somebody at `example.test`.
    static func sample(
        _ username: String = "alice", _ verdict: LoginVerdict = .refused(.notAuthorized), host: String = "example.test"
    ) -> LoginReport {
        LoginReport(
            LoginRequest(username: username, host: host, resource: "r", password: Secret(password)), verdict)
    }
}
