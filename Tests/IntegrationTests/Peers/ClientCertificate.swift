/// The certificates that the Call Bridge may show.
enum ClientCertificate: String, CaseIterable, Sendable {
    /// For clients and servers: some XMPP servers check a client's certificate as if it were a server's.
    case callbridge
    /// For clients only.
    case callbridgeClientOnly
    /// For servers only.
    case callbridgeServerOnly
    /// Of an authority that the server does not know.
    case callbridgeOther

    /// OpenSSL's `extendedKeyUsage` value.
    var purposes: String {
        switch self {
        case .callbridge: "serverAuth,clientAuth"
        case .callbridgeServerOnly: "serverAuth"
        case .callbridgeClientOnly, .callbridgeOther: "clientAuth"
        }
    }
}
