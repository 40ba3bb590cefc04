internal import BridgeEngine
internal import Foundation

/// Where an HTTP service is that decides about logins: `https://host[:port][/path][?query]`, or `http://` on this
/// machine's loopback alone, because passwords go there. A user or password in it would be a secret in a URL.
enum LoginServiceURL {
    /// The longest, in bytes.
    static let maximumLength = 2048

    /// What is wrong with a text, as a sentence; nil: it is such a URL.
    static func problem(with text: String) -> String? {
        guard text.utf8.count <= maximumLength, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            let host = url.host, !host.isEmpty, ["http", "https"].contains(scheme)
        else { return "This is not an https URL of at most \(maximumLength) bytes." }
        if url.user != nil || url.password != nil { return "A URL can't hold a user or a password." }
        if url.fragment != nil { return "A URL of a service has no fragment (#)." }
        if let port = url.port, !(1...65535).contains(port) { return "A port is a number from 1 to 65535." }
        if scheme == "http", !isLoopback(host) {
            return
                "Passwords go to this URL: http is for localhost and loopback addresses alone, elsewhere it is https."
        }
        return nil
    }

    private static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" { return true }
        let literal = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return IPAddress(literal)?.isLoopback == true
    }
}
