/// What a ``TLSTestServer`` saw of one client, noted when its handshake was complete or had failed.
public struct TLSTestServerVisit: Sendable, Equatable {
    /// The server name indication.
    public var serverName: String?
    /// How many certificate messages with a certificate in it the client has sent: 0 or 1.
    public var certificateMessages = 0
    /// The subject's common name of the client's certificate, once it was verified.
    public var clientCommonName: String?
    /// The protocol, such as `TLSv1.3`.
    public var version = ""
    /// Why the handshake failed, in OpenSSL's words; `nil` where it succeeded.
    public var failure: String?
}
