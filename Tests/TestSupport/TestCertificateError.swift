/// A test certificate or a test server could not be made.
public struct TestCertificateError: Error, Sendable, CustomStringConvertible {
    /// What was tried, and OpenSSL's reason.
    public let description: String

    init(_ what: String) {
        description = "\(what): \(TestCertificateOpenSSL.takeErrors())"
    }
}
