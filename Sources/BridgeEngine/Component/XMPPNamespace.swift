/// The namespaces of the component protocol, by the documents that define them.
enum XMPPNamespace {
    /// XEP-0114 §2: the content of the stream.
    static let component = "jabber:component:accept"
    /// RFC 6120 §4.8.1: the stream itself.
    static let stream = "http://etherx.jabber.org/streams"
    /// RFC 6120 §4.9.2: stream error conditions.
    static let streamErrors = "urn:ietf:params:xml:ns:xmpp-streams"
    /// RFC 6120 §8.3.2: stanza error conditions.
    static let stanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas"
    /// XEP-0030.
    static let discoInfo = "http://jabber.org/protocol/disco#info"
    /// XEP-0030.
    static let discoItems = "http://jabber.org/protocol/disco#items"
    /// XEP-0078.
    static let login = "jabber:iq:auth"
    /// XEP-0092.
    static let version = "jabber:iq:version"
    /// XEP-0199.
    static let ping = "urn:xmpp:ping"
}
