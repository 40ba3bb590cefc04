internal import BridgeEngine

/// Something outside of this process that decides about logins.
protocol LoginService: Sendable {
    /// Asks about a login.
    /// - Parameter url: where; see ``LoginServiceURL``.
    func verdict(on request: LoginRequest, at url: String) async -> LoginVerdict
}
