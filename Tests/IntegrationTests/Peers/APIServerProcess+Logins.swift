import TestSupport
import Testing

extension APIServerProcess {
    /// The resource of the policy.
    static let loginPath = "\(configurationPath)/login"

    /// Says who may log in.
    ///
    /// - Parameters:
    ///   - mode: `none`, `users`, `guests`, `usersAndGuests` or `http`.
    ///   - hosts: the hosts that may ask; empty: the domain and the hosts directly under it.
    func letIn(_ mode: String, hosts: String = "", sourceLocation: SourceLocation = #_sourceLocation) throws {
        let reply = try send("PUT", Self.loginPath, ["mode": mode, "hosts": hosts])
        try #require(reply.status == 200, "\(reply.text)", sourceLocation: sourceLocation)
    }

    /// Adds a user of the Call Bridge.
    func addBridgeUser(
        _ jid: String, password: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let reply = try send("POST", "/api/v1/users", ["userJid": jid, "name": jid, "password": password])
        try #require(reply.status == 200, "\(reply.text)", sourceLocation: sourceLocation)
    }
}
