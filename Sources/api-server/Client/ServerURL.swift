internal import ArgumentParser
internal import BridgeEngine
internal import Foundation

/// Where a server's API is, as given on the command line: `https://host:port`, with a path where a proxy has put one.
struct ServerURL: Equatable, CustomStringConvertible {
    /// The default of `serve`.
    static let standard = "https://127.0.0.1:8443"

    /// Without a final slash.
    let description: String
    let isEncrypted: Bool
    /// Without brackets.
    let host: String

    /// Reads an address.
    /// - Throws: `ValidationError`, which does not repeat the text: somebody may have written a password into it.
    init(_ text: String) throws {
        // Foundation would escape what is no URL, and nobody would see what was wrong with it.
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isPlain, let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            let host = parts.host, !host.isEmpty, ["http", "https"].contains(scheme)
        else {
            throw ValidationError("--url: it is https:// or http://, a host and a port, such as \(Self.standard).")
        }
        guard parts.user == nil, parts.password == nil else {
            throw ValidationError("--url: a name or a password is not for a URL; use --user and --password-file.")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw ValidationError("--url: it has no query and no fragment.")
        }
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        description = text
        isEncrypted = scheme == "https"
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    /// Whether what is sent there stays on this machine.
    var isLoopback: Bool {
        host.lowercased() == "localhost" || IPAddress(host)?.isLoopback == true
    }
}
