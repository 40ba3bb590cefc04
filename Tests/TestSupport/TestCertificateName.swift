/// An entry of a test certificate's subjectAltName.
public enum TestCertificateName: Sendable, Hashable {
    /// A dNSName; the text is taken as it is, also where it is no valid name.
    case dns(String)
    /// An iPAddress, from its usual notation.
    case ip(String)
    /// An SRVName (RFC 4985) such as `_xmpp-component.example.test`.
    case srvName(String)
    /// An xmppAddr (RFC 6120 §13.7.1.4).
    case xmppAddr(String)
    /// A uniformResourceIdentifier.
    case uri(String)
}
