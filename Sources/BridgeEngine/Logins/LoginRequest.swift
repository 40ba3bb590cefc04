/// A client wants to log in at the XMPP server, which asks whether it may.
public struct LoginRequest: Sendable, Equatable {
    /// The local part of the client's JID, as the server sent it.
    public let username: String
    /// The XMPP host where the client logs in: who asks. In lower case.
    public let host: String
    /// The resource that the client wants; nil where the server does not know it yet.
    public let resource: String?
    /// What is to be proved.
    public let password: Secret

    /// A request with these values.
    public init(username: String, host: String, resource: String? = nil, password: Secret) {
        self.username = username
        self.host = host
        self.resource = resource
        self.password = password
    }
}
