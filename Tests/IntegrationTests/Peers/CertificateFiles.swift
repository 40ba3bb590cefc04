/// Where a certificate of the tests is.
struct CertificateFiles: Sendable, Equatable {
    /// PEM file with the certificate.
    let certificate: String
    /// PEM file with its key, not encrypted.
    let key: String
    /// PEM file with both.
    let combined: String
}
