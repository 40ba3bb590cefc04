internal import Glibc

/// An IPv4 or IPv6 address: raw bytes, never a name, no DNS.
///
/// ```swift
/// IPAddress("192.0.2.7")?.bytes       // [192, 0, 2, 7]
/// IPAddress("fe80::1%eth0")?.scope    // the index of eth0
/// IPAddress("2001:DB8::1")?.description  // "2001:db8::1" (RFC 5952)
/// ```
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// IPv4 or IPv6.
    public let family: AddressFamily
    /// 4 bytes (IPv4) or 16 (IPv6), in network order.
    public let bytes: [UInt8]
    /// The interface index of a scoped IPv6 address (RFC 4007); 0 where there is none, and for IPv4.
    public let scope: UInt32

    /// An address from its bytes in network order.
    ///
    /// - Parameters:
    ///   - bytes: 4 (IPv4) or 16 (IPv6) bytes; any other count gives `nil`.
    ///   - scope: interface index of a scoped IPv6 address, default 0 (none); ignored for IPv4.
    public init?(bytes: [UInt8], scope: UInt32 = 0) {
        switch bytes.count {
        case 4:
            self.family = .v4
            self.scope = 0
        case 16:
            self.family = .v6
            self.scope = scope
        default:
            return nil
        }
        self.bytes = bytes
    }

    /// Reads an address as people write it: `a.b.c.d` with four decimal numbers, or an IPv6 address, with `%scope`
    /// (an interface's name or index) where it has one. No brackets, no port, no blanks; anything else gives `nil`.
    public init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1, !text.utf8.contains(0) {
            self.init(bytes: Array(bytes.prefix(4)))
            return
        }
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.map(String.init), !text.utf8.contains(0),
            inet_pton(AF_INET6, address, &bytes) == 1
        else { return nil }
        guard parts.count == 2 else {
            self.init(bytes: bytes)
            return
        }
        guard let scope = Self.interfaceIndex(String(parts[1])) else { return nil }
        self.init(bytes: bytes, scope: scope)
    }

    /// The address as text: dotted decimal, or RFC 5952 with `%interface` where the address has a scope.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let domain = family == .v4 ? AF_INET : AF_INET6
        guard inet_ntop(domain, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        let address = Self.string(text)
        return scope == 0 ? address : "\(address)%\(Self.interfaceName(scope))"
    }

    /// Whether the address is this machine itself: `127.0.0.0/8`, `::1`, or an IPv4-mapped form of the former.
    public var isLoopback: Bool {
        switch family {
        case .v4:
            bytes[0] == 127
        case .v6:
            bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
                || bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
                    && bytes[12] == 127
        }
    }

    /// Whether the address stands for all of this machine's: `0.0.0.0` or `::`.
    public var isAny: Bool { bytes.allSatisfy { $0 == 0 } }

    /// `127.0.0.1` or `::1`.
    static func loopback(_ family: AddressFamily) -> IPAddress {
        switch family {
        case .v4: IPAddress(family: .v4, bytes: [127, 0, 0, 1])
        case .v6: IPAddress(family: .v6, bytes: [UInt8](repeating: 0, count: 15) + [1])
        }
    }

    private init(family: AddressFamily, bytes: [UInt8]) {
        self.family = family
        self.bytes = bytes
        self.scope = 0
    }

    /// The index behind `%scope`: a decimal number above 0, or the name of an interface this machine has.
    private static func interfaceIndex(_ text: String) -> UInt32? {
        if !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            return UInt32(text).flatMap { $0 == 0 ? nil : $0 }
        }
        let index = if_nametoindex(text)
        return index == 0 ? nil : index
    }

    /// The interface's name; its number where it has none (any more).
    private static func interfaceName(_ index: UInt32) -> String {
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(index, &name) != nil else { return String(index) }
        return string(name)
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
