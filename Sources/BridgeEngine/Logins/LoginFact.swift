/// Something about logins that is counted, and told in the log.
enum LoginFact: Sendable, Equatable {
    /// A login has been decided.
    case decided(LoginReport)
    /// Somebody has asked who may not.
    /// - isNewHost: whether it is a host, and the first such question of it over this connection.
    case forbidden(from: String, isNewHost: Bool)
    /// A host that may ask has asked what can't be read.
    case malformed(host: String, detail: String)
}
