public import BridgeEngine
public import Logging

/// Decides about the logins of clients by the policy.
public final class LoginGate: LoginRequestHandler {
    private let settings: LoginSettings

    /// - Parameters:
    ///   - settings: who may log in.
    ///   - attempts: wrong passwords for one name within a minute, then that name is refused for a minute; 0: no limit.
    public init(store: Store, settings: LoginSettings, attempts: Int = 10, logger: Logger) throws {
        self.settings = settings
    }

    public var hosts: LoginHosts { LoginHosts(listed: settings.policy.hosts) }

    public func verdict(on request: LoginRequest) async -> LoginVerdict { .refused(.notAuthorized) }
}
