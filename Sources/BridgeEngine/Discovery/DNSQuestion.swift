/// What a look-up asks. Knows nothing of how it is asked.
enum DNSQuestion: Sendable, Hashable {
    /// The SRV records of a name.
    case srv(String)
    /// The addresses of a host, of one family.
    case addresses(String, AddressFamily)

    /// The name as the caller wrote it.
    var name: String {
        switch self {
        case .srv(let name): name
        case .addresses(let host, _): host
        }
    }

    /// The record type as people know it.
    var type: String {
        switch self {
        case .srv: "SRV"
        case .addresses(_, .v4): "A"
        case .addresses(_, .v6): "AAAA"
        }
    }

    /// The name as DNS wants it, or nil if DNS cannot know it: lower case, no trailing dot, labels of 1–63 and
    /// altogether at most 253 bytes (RFC 1035 §2.3.4), printable ASCII without blanks and backslashes.
    ///
    /// Stricter than DNS itself, on purpose: c-ares reads `\` as an escape and a C string ends at NUL, so such a name
    /// would ask for something else than what was written.
    var wireName: String? {
        let trimmed = name.hasSuffix(".") ? name.dropLast() : name[...]
        guard (1...253).contains(trimmed.utf8.count),
            trimmed.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }),
            trimmed.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy({ (1...63).contains($0.utf8.count) })
        else { return nil }
        return trimmed.lowercased()
    }

    /// Whether the question is for an address of this very machine, `localhost` or a name under it, which never
    /// reaches a DNS server (RFC 6761 §6.3).
    var isLocalhost: Bool {
        guard case .addresses = self, let name = wireName else { return false }
        return name == "localhost" || name.hasSuffix(".localhost")
    }

    /// The result that needs nobody's help: an IP literal, or a name that cannot exist. Nil for everything else.
    var immediateResult: Result<DNSAnswer, LookUpFailure>? {
        if case .addresses(let host, let family) = self, let literal = IPAddress(host) {
            return literal.family == family
                ? .success(DNSAnswer(addresses: [literal]))
                : .failure(LookUpFailure(kind: .notFound, detail: "\(host) is an address and has no \(type) record"))
        }
        guard wireName != nil else {
            return .failure(LookUpFailure(kind: .notFound, detail: "\"\(name)\" is not a DNS name"))
        }
        return nil
    }
}
