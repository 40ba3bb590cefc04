internal import ArgumentParser
internal import BridgeEngine

/// An address to listen on, as given on the command line: `HOST:PORT`, an IPv6 address in brackets.
struct ListenAddress: Equatable, CustomStringConvertible {
    let host: String
    let port: UInt16

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8443`, `[::1]:8443` or `localhost:8443`, which means 127.0.0.1.
    /// - Throws: `ValidationError`. Other names are refused: which of a name's addresses is served should not depend on
    ///   who answers for it.
    @Sendable static func parse(_ text: String) throws -> ListenAddress {
        func failure() -> ValidationError {
            ValidationError("It is an IP address or localhost, and a port, such as 127.0.0.1:8443 or [::1]:8443.")
        }
        guard let colon = text.lastIndex(of: ":") else { throw failure() }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else { throw failure() }
        var host = String(text[..<colon])
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        // Without brackets nobody knows where an IPv6 address ends.
        guard host == "localhost" || IPAddress(host) != nil, isBracketed == host.contains(":") else { throw failure() }
        // Both families of localhost can't be meant: a port of 0 would be two.
        return ListenAddress(host: host == "localhost" ? "127.0.0.1" : host, port: port)
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can connect.
    var isLoopback: Bool { IPAddress(host)?.isLoopback == true }
}
