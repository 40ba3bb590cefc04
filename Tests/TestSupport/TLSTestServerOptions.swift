/// How a ``TLSTestServer`` behaves.
public struct TLSTestServerOptions: Sendable {
    /// What it does about client certificates.
    public enum ClientCertificates: Sendable {
        /// Does not ask.
        case ignored
        /// Asks; none is fine, one of another authority is not.
        case optional(TestCertificateAuthority)
        /// Refuses a client without one of this authority.
        case required(TestCertificateAuthority)
    }

    /// The newest protocol it speaks. The oldest is TLS 1.2.
    public enum Version: String, Sendable, CaseIterable {
        /// TLS 1.2.
        case tls12
        /// TLS 1.3.
        case tls13
    }

    /// Its own certificate.
    public var certificate: TestCertificate
    /// What it does about client certificates. Default: does not ask.
    public var clientCertificates: ClientCertificates
    /// The newest protocol it speaks. Default: TLS 1.3.
    public var newestVersion: Version
    /// The server names it has, in lower case; any other is answered with the alert `unrecognized_name`. Default: `nil`,
    /// which takes all.
    public var hostNames: Set<String>?
    /// Whether it ends with close_notify. Default: yes. ejabberd does not.
    public var sendsCloseNotify: Bool

    /// Options; all but the certificate have defaults.
    public init(
        certificate: TestCertificate, clientCertificates: ClientCertificates = .ignored,
        newestVersion: Version = .tls13, hostNames: Set<String>? = nil, sendsCloseNotify: Bool = true
    ) {
        self.certificate = certificate
        self.clientCertificates = clientCertificates
        self.newestVersion = newestVersion
        self.hostNames = hostNames
        self.sendsCloseNotify = sendsCloseNotify
    }
}
