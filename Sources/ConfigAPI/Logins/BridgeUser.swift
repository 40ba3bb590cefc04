/// A user of the Call Bridge, who may log in at the XMPP server through it; never with the password's hash.
public struct BridgeUser: Sendable, Equatable {
    /// A GUID, which stays the same when the other fields change.
    public let id: String
    /// The bare JID that the user logs in with, normalised.
    public let userJid: String
    /// The name for people to read; may be empty.
    public let name: String
}
