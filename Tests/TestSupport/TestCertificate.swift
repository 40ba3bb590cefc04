/// A certificate made on the fly, with its private key.
public struct TestCertificate: Sendable, Equatable {
    /// The certificate alone, PEM.
    public let certificatePEM: [UInt8]
    /// The intermediates above it, PEM, nearest first; empty where a root issued it.
    public let issuersPEM: [UInt8]
    /// The private key without a pass phrase, PEM (PKCS #8).
    public let privateKeyPEM: [UInt8]
    /// The serial number, by which a revocation list names it.
    public let serialNumber: UInt64

    /// Puts a certificate together from its parts.
    public init(certificatePEM: [UInt8], issuersPEM: [UInt8] = [], privateKeyPEM: [UInt8], serialNumber: UInt64) {
        self.certificatePEM = certificatePEM
        self.issuersPEM = issuersPEM
        self.privateKeyPEM = privateKeyPEM
        self.serialNumber = serialNumber
    }

    /// The certificate followed by its intermediates, as servers and clients are configured with it.
    public var chainPEM: [UInt8] { certificatePEM + issuersPEM }

    /// A certificate signed with its own key.
    public static func selfSigned(
        commonName: String?, names: [TestCertificateName] = [], usages: [TestCertificateUsage] = [.serverAuth],
        validity: TestCertificateValidity = .current, isAuthority: Bool = false
    ) throws -> TestCertificate {
        try TestCertificateBuilder(
            commonName: commonName, names: names, usages: usages, validity: validity, isAuthority: isAuthority
        ).build(issuer: nil)
    }

    /// The private key protected with a pass phrase, PEM.
    public func encryptedPrivateKeyPEM(passPhrase: String) throws -> [UInt8] {
        try TestCertificateBuilder.encrypt(privateKeyPEM, passPhrase: passPhrase)
    }
}
