internal import BridgeEngine

/// Something outside of this process that decides about logins.
protocol LoginService: Sendable {
    /// Asks about a login.
    /// - Parameter url: where; see ``LoginServiceURL``.
    func verdict(on request: LoginRequest, at url: String) async -> LoginVerdict

    /// Replaces what the certificates of services must chain to, PEM; nil: the system's certificate authorities.
    func trust(_ authorities: [UInt8]?)
}
