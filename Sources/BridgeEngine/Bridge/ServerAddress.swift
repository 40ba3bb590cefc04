/// A server's address as an administrator writes it: `host`, `host:port`, `a.b.c.d`, `a.b.c.d:port`, `v6`, `[v6]` or
/// `[v6]:port`.
public struct ServerAddress: Sendable, Equatable, CustomStringConvertible {
    /// The port of an XMPP server's TLS link where none is given: 5223.
    public static let defaultPort: UInt16 = 5223

    /// A name to look up, or an address.
    public enum Host: Sendable, Hashable {
        case name(String)
        case address(IPAddress)
    }

    /// The host.
    public let host: Host
    /// The port; nil where none was written.
    public let port: UInt16?
    /// The address as it was written, in lower case.
    public let description: String

    /// Reads an address; nil if it is none. An IPv6 address with a scope is none: its interface may be gone tomorrow.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 < 128 && $0 != UInt8(ascii: "%") }) else { return nil }
        let text = text.lowercased()
        do throws(Malformed) {
            if text.hasPrefix("[") {
                guard let end = text.firstIndex(of: "]"),
                    let address = IPAddress(String(text[text.index(after: text.startIndex)..<end])),
                    address.family == .v6
                else { return nil }
                let port = try Self.port(after: text[text.index(after: end)...])
                self.init(host: .address(address), port: port, description: text)
            } else if let address = IPAddress(text) {
                self.init(host: .address(address), port: nil, description: text)
            } else {
                let host = String(text.prefix { $0 != ":" })
                let port = try Self.port(after: text.dropFirst(host.count))
                if let address = IPAddress(host) {
                    self.init(host: .address(address), port: port, description: text)
                } else {
                    guard let name = DNSName.normalized(host), !Self.looksLikeAddress(name) else { return nil }
                    self.init(host: .name(name), port: port, description: name + (port.map { ":\($0)" } ?? ""))
                }
            }
        } catch {
            return nil
        }
    }

    private init(host: Host, port: UInt16?, description: String) {
        self.host = host
        self.port = port
        self.description = description
    }

    private struct Malformed: Error {}

    /// A name whose last label is a number is a mistyped address, such as `192.0.2.300` (RFC 3696 §2).
    private static func looksLikeAddress(_ name: String) -> Bool {
        name.split(separator: ".").last.map { $0.utf8.allSatisfy { (48...57).contains($0) } } ?? false
    }

    /// What stands behind the host: nothing, or a colon and a port from 1 to 65535.
    private static func port(after rest: Substring) throws(Malformed) -> UInt16? {
        if rest.isEmpty { return nil }
        let digits = rest.dropFirst()
        guard rest.first == ":", (1...5).contains(digits.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = UInt16(digits), port > 0
        else { throw Malformed() }
        return port
    }
}

extension ServerAddress.Host {
    /// The name or the address, without brackets.
    var text: String {
        switch self {
        case .name(let name): name
        case .address(let address): address.description
        }
    }
}
