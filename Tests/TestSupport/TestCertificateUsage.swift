/// What a test certificate's extended key usage allows. Without any, the extension is left out.
public enum TestCertificateUsage: String, Sendable, CaseIterable {
    /// TLS servers.
    case serverAuth
    /// TLS clients.
    case clientAuth
}
