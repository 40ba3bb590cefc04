internal import BridgeEngine

/// Where an HTTP service is that decides about logins: `https://host[:port][/path]`, or `http://` on this machine's
/// loopback alone, because passwords go there.
///
/// It is shown to whoever may read, so it has no place for a user, a password or a query, which may hold a token. Nor
/// has it any character over which two readers of URLs could differ about the host.
enum LoginServiceURL {
    /// The longest, in bytes.
    static let maximumLength = 2048

    /// What is wrong with a text, as a sentence that repeats nothing of it; nil: it is such a URL.
    static func problem(with text: String) -> String? {
        let colon = text.firstRange(of: "://")
        let scheme = colon.map { text[..<$0.lowerBound].lowercased() }
        guard text.utf8.count <= maximumLength, let colon, scheme == "http" || scheme == "https" else {
            return "This is not an https URL of at most \(maximumLength) bytes."
        }
        let rest = text[colon.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        let path = rest.dropFirst(authority.count)
        if authority.contains("@") { return "The URL can't hold a user or a password." }
        if path.contains("?") { return "The URL can't have a query: it is shown, and a query may hold a secret." }
        if path.contains("#") { return "The URL of a service has no fragment (#)." }
        guard let host = host(in: authority) else {
            return "The URL needs a host, a DNS name or an IP address (IPv6 in brackets), and may have a port."
        }
        guard isPath(path) else { return "The URL's path has characters that are written with % and two digits." }
        if scheme == "http", !isLoopback(host) {
            return
                "Passwords go to this URL: http is for localhost and loopback addresses alone, elsewhere it is https."
        }
        return nil
    }

    private static func host(in authority: Substring) -> ServerAddress.Host? {
        // An IPv6 address without brackets is an address, but not in a URL. A final dot is no part of a certificate.
        guard let address = ServerAddress(String(authority)), address.description == authority.lowercased(),
            authority.hasPrefix("[") || IPAddress(String(authority))?.family != .v6
        else { return nil }
        return address.host
    }

    private static func isLoopback(_ host: ServerAddress.Host) -> Bool {
        switch host {
        case .name(let name): name == "localhost"
        case .address(let address): address.isLoopback
        }
    }

    /// Segments of the characters that RFC 3986 §3.3 has for them.
    private static func isPath(_ text: Substring) -> Bool {
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                break
            case UInt8(ascii: "%"):
                guard rest.count >= 2, rest.prefix(2).allSatisfy(isHexDigit) else { return false }
                rest = rest.dropFirst(2)
            default:
                guard "-._~!$&'()*+,;=:@/".utf8.contains(byte) else { return false }
            }
        }
        return true
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool { Character(UnicodeScalar(byte)).isHexDigit }
}
