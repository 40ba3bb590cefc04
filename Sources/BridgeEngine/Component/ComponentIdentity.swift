/// Who the component is, for its stream and its answers.
struct ComponentIdentity: Sendable, Equatable {
    /// The component's JID.
    let jid: String
    /// The XMPP domain that it belongs to.
    let domain: String
    /// The name and version that it tells (XEP-0092).
    var software = SoftwareVersion()
}
