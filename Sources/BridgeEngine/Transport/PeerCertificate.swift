/// What is worth telling about the certificate the server showed.
public struct PeerCertificate: Sendable, Equatable, Codable {
    /// The most names that are told.
    static let mostNames = 100

    /// The subject in RFC 2253 form, such as `CN=example.test`; empty where the certificate has none.
    public let subject: String
    /// The first hundred names of the subjectAltName extension as text: `DNS:example.test`, `IP:127.0.0.1`,
    /// `SRV:_xmpp-component.example.test`, `XMPP:example.test`. Control characters are escaped.
    public let subjectAltNames: [String]
    /// First moment of validity, seconds since 1970 (UTC).
    public let notBefore: Int64
    /// Last moment of validity, seconds since 1970 (UTC).
    public let notAfter: Int64
    /// SHA-256 of the whole certificate (DER), 64 lower-case hexadecimal digits.
    public let sha256: String

    /// Puts a description together; the engine makes it from the certificate, tests from nothing.
    public init(subject: String, subjectAltNames: [String], notBefore: Int64, notAfter: Int64, sha256: String) {
        self.subject = subject
        self.subjectAltNames = subjectAltNames
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.sha256 = sha256
    }
}
