/// A record type that ``DNSTestServer`` knows; the raw value is the number on the wire.
public enum DNSTestRecordType: UInt16, Sendable, Hashable, CaseIterable {
    /// An IPv4 address.
    case a = 1
    /// An alias.
    case cname = 5
    /// An IPv6 address.
    case aaaa = 28
    /// A service's place.
    case srv = 33
}

/// A record in an answer of ``DNSTestServer``.
public struct DNSTestRecord: Sendable, Hashable {
    /// The record's content.
    public enum Content: Sendable, Hashable {
        /// The four bytes of an IPv4 address.
        case a(UInt8, UInt8, UInt8, UInt8)
        /// The sixteen bytes of an IPv6 address.
        case aaaa([UInt8])
        /// The canonical name.
        case cname(String)
        /// Priority, weight, port and target; the target `.` is the root name.
        case srv(UInt16, UInt16, UInt16, String)
    }

    /// Whose record it is; nil: the name that was asked for.
    public let owner: String?
    /// The record's content.
    public let content: Content

    /// A record of `owner`; default: of the name that was asked for.
    public init(owner: String? = nil, _ content: Content) {
        self.owner = owner
        self.content = content
    }

    /// The type that goes with the content.
    public var type: DNSTestRecordType {
        switch content {
        case .a: .a
        case .aaaa: .aaaa
        case .cname: .cname
        case .srv: .srv
        }
    }
}

/// How ``DNSTestServer`` answers a question.
public indirect enum DNSTestAnswer: Sendable {
    /// With records. More than 512 bytes over UDP become a truncated answer, as with any server.
    case records([DNSTestRecord])
    /// With the records over TCP; over UDP always truncated and empty.
    case onlyOverTCP([DNSTestRecord])
    /// NXDOMAIN.
    case nameNotFound
    /// NOERROR without records.
    case noRecords
    /// With this response code (2 SERVFAIL, 4 NOTIMP, 5 REFUSED, …) and no records.
    case responseCode(UInt8)
    /// With an answer section that ends in the middle of a record.
    case malformed
    /// With an answer section of the test's own: how many records it claims to hold, and its bytes, made by a closure
    /// that gets their place in the message, where the question's name is at byte 12. Of any size, also over UDP.
    case section(count: UInt16, @Sendable (_ place: Int) -> [UInt8])
    /// Not at all.
    case silence
    /// Once ``DNSTestServer/release(_:)`` is called for the name, with the answer inside.
    case held(DNSTestAnswer)
}

/// A question that ``DNSTestServer`` got.
public struct DNSTestQuery: Sendable, Hashable {
    /// The name, lower case, without the trailing dot.
    public let name: String
    /// The type's number.
    public let type: UInt16
    /// Whether it came over TCP.
    public let overTCP: Bool
}
