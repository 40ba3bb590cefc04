/// Which way somebody has asked whether a client may log in. The words are part of the HTTP contract, of the metrics and
/// of the database.
enum LoginDoor: String, Sendable, CaseIterable {
    /// The XMPP server has, over the component's connection.
    case xmpp
    /// A user of the API has.
    case api
}
