/// A DNS server to ask: an IP address and a port. Never a name, which would need DNS to find DNS.
///
/// Written as `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[2001:db8::53]` or `[2001:db8::53]:5353`.
public struct DNSServerAddress: Sendable, Hashable, CustomStringConvertible {
    /// The server's address.
    public let address: IPAddress
    /// UDP and TCP port, 1–65535; usually 53.
    public let port: UInt16

    /// Why a text is no DNS server address; the description is meant for the person who wrote it.
    public struct ParseError: Error, Sendable, Equatable, CustomStringConvertible {
        /// What is wrong, with the text as it was written.
        public let description: String
    }

    /// A server at an address; the port defaults to 53.
    public init(address: IPAddress, port: UInt16 = 53) {
        self.address = address
        self.port = port
    }

    /// Reads one of the forms above; the port defaults to 53.
    ///
    /// - Throws: ``ParseError`` where the address is no IP literal, has a scope (`%eth0`, which c-ares cannot use), or
    ///   the port is not in 1–65535.
    public static func parse(_ text: String) throws(ParseError) -> DNSServerAddress {
        let (host, port) = try split(text)
        guard let address = IPAddress(host) else {
            throw ParseError(
                description: "\"\(text)\" is not a DNS server's address: write an IP address, with :PORT if it is"
                    + " not 53, an IPv6 address with a port as [ADDRESS]:PORT")
        }
        guard address.scope == 0 else {
            throw ParseError(
                description: "\"\(text)\" is not usable as a DNS server: addresses with %interface are not supported")
        }
        return DNSServerAddress(address: address, port: try number(port, in: text))
    }

    /// `address:port`, an IPv6 address in brackets.
    public var description: String {
        switch address.family {
        case .v4: "\(address):\(port)"
        case .v6: "[\(address)]:\(port)"
        }
    }

    /// Takes host and port apart; a port that is not there is `nil`.
    private static func split(_ text: String) throws(ParseError) -> (host: String, port: Substring?) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else {
                throw ParseError(description: "\"\(text)\" has a [ without a ]")
            }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard host.contains(":") else {
                throw ParseError(description: "\"\(text)\" has brackets around something that is no IPv6 address")
            }
            if rest.isEmpty { return (host, nil) }
            guard rest.hasPrefix(":") else {
                throw ParseError(description: "\"\(text)\" has something other than :PORT after the ]")
            }
            return (host, rest.dropFirst())
        }
        // More than one colon is an IPv6 address without a port.
        guard let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") else { return (text, nil) }
        return (String(text[..<colon]), text[text.index(after: colon)...])
    }

    /// The port as a number; 53 where there is none.
    private static func number(_ port: Substring?, in text: String) throws(ParseError) -> UInt16 {
        guard let port else { return 53 }
        guard let number = UInt16(port), number > 0, port.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw ParseError(description: "\"\(text)\" has a port that is not a number from 1 to 65535")
        }
        return number
    }
}
