/// A complete configuration: as whom to register, and where.
struct ComponentAccount: Sendable, Equatable {
    /// The component's JID.
    let jid: String
    /// The XMPP domain.
    let domain: String
    /// The server's address where the administrator gave one; nil: DNS SRV.
    let server: ServerAddress?
    /// The component's password.
    let secret: Secret
}
