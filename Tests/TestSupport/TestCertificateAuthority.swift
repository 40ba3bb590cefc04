/// A certificate authority for tests: ECDSA P-256, made in about a millisecond.
///
/// ```swift
/// let authority = try TestCertificateAuthority(name: "Test CA")
/// let server = try authority.issue(commonName: nil, names: [.dns("example.test")])
/// ```
public struct TestCertificateAuthority: Sendable {
    /// Its common name.
    public let name: String
    /// Its own certificate, PEM: what those who trust it are given.
    public var certificatePEM: [UInt8] { certificate.certificatePEM }

    private let certificate: TestCertificate

    /// A root.
    public init(name: String, validity: TestCertificateValidity = .current) throws {
        self.init(
            name: name,
            certificate: try TestCertificate.selfSigned(
                commonName: name, usages: [], validity: validity, isAuthority: true))
    }

    private init(name: String, certificate: TestCertificate) {
        self.name = name
        self.certificate = certificate
    }

    /// Issues a certificate with a new key.
    ///
    /// - Parameters:
    ///   - commonName: the subject's CN; `nil` for an empty subject.
    ///   - names: the subjectAltName entries; none leaves the extension out.
    ///   - usages: the extended key usage; none leaves the extension out.
    ///   - isAuthority: whether it says that it is a CA.
    public func issue(
        commonName: String?, names: [TestCertificateName] = [], usages: [TestCertificateUsage] = [.serverAuth],
        validity: TestCertificateValidity = .current, isAuthority: Bool = false
    ) throws -> TestCertificate {
        try TestCertificateBuilder(
            commonName: commonName, names: names, usages: usages, validity: validity, isAuthority: isAuthority
        ).build(issuer: certificate)
    }

    /// Issues an intermediate authority; what it issues carries it in ``TestCertificate/issuersPEM``.
    public func issueAuthority(
        name: String, validity: TestCertificateValidity = .current
    ) throws -> TestCertificateAuthority {
        TestCertificateAuthority(
            name: name,
            certificate: try issue(commonName: name, usages: [], validity: validity, isAuthority: true))
    }

    /// Its own certificate, to be named in the list of the authority above it.
    public var ownCertificate: TestCertificate { certificate }

    /// A revocation list, PEM.
    ///
    /// - Parameter nextUpdate: when it is to be replaced, in seconds from now; negative for an outdated list. Default:
    ///   in a day.
    public func revocationList(revoking revoked: [TestCertificate], nextUpdate: Int = 86_400) throws -> [UInt8] {
        try TestCertificateBuilder.revocationList(
            revoked.map(\.serialNumber), issuer: certificate, nextUpdate: nextUpdate)
    }
}
