/// Why a look-up gave nothing.
public struct LookUpFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, in the classes that a caller decides by.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// The name does not exist (NXDOMAIN), has no record of the type asked for (NODATA), or is no DNS name.
        case notFound
        /// Nobody answered within the look-up's limit.
        case timedOut
        /// A DNS server answered that it cannot or will not, answered nonsense, or could not be reached.
        case serverFailure
        /// The look-up was cancelled, or the resolver was shut down.
        case cancelled
    }

    /// The class of the failure.
    public let kind: Kind
    /// A sentence for a person: what was asked, and what the DNS server said.
    public let detail: String

    /// A failure of `kind`, explained by `detail`.
    public init(kind: Kind, detail: String) {
        self.kind = kind
        self.detail = detail
    }

    /// ``detail``.
    public var description: String { detail }
}
