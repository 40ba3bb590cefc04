/// From when until when a test certificate is valid, relative to the moment it is made.
public struct TestCertificateValidity: Sendable, Hashable {
    /// First moment, in seconds from now; negative for the past.
    public var from: Int
    /// Last moment, in seconds from now.
    public var until: Int

    /// A validity of one's own.
    public init(from: Int, until: Int) {
        self.from = from
        self.until = until
    }

    private static let day = 86_400

    /// From yesterday for 90 days.
    public static let current = TestCertificateValidity(from: -day, until: 90 * day)
    /// Ended yesterday.
    public static let expired = TestCertificateValidity(from: -30 * day, until: -day)
    /// Begins tomorrow.
    public static let notYetValid = TestCertificateValidity(from: day, until: 30 * day)
}
