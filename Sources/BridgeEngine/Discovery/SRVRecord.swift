/// One SRV record (RFC 2782): where a service of a domain is to be found.
public struct SRVRecord: Sendable, Hashable, Codable {
    /// Lower values are tried first.
    public let priority: UInt16
    /// The share of attempts among records of one priority; 0 means hardly any.
    public let weight: UInt16
    /// The TCP port.
    public let port: UInt16
    /// The host's name: lower case, without the trailing dot. Empty is the root name `.`: the service is decidedly
    /// not offered, see ``isNotOffered``.
    public let target: String

    /// A record; the target's case is folded and one trailing dot is dropped, so `.` becomes the empty string.
    public init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        let lower = target.lowercased()
        self.target = lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    /// Whether the target is the root name: "the service is decidedly not available at this domain" (RFC 2782).
    public var isNotOffered: Bool { target.isEmpty }
}
