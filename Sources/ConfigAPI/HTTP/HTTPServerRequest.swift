import HTTPTypes

/// One request as it came from the network, its body included.
struct HTTPServerRequest: Sendable {
    /// The method; any token is possible, not only the known ones.
    let method: HTTPRequest.Method
    /// The request target as sent, still percent-encoded: visible ASCII only.
    let target: String
    /// The target's path, still percent-encoded: what precedes the first `?`. For a target in absolute form
    /// (`http://host/path`, RFC 9112 §3.2.2) the part after the authority, `/` where there is none.
    let path: String
    /// What follows the first `?`, still percent-encoded; nil without a `?`, empty after a bare one.
    let query: String?
    /// All header fields in the order sent. White space around the values is gone.
    let headerFields: HTTPFields
    /// The body after removal of the chunked coding. Trailer fields are dropped.
    var body: [UInt8]
    /// The client's IP address without port, such as `192.0.2.7` or `2001:db8::1`; an IPv4 address that is mapped
    /// into IPv6 is shown as IPv4.
    let remoteAddress: String
    /// Whether the request came over TLS.
    let isSecure: Bool
    /// Why the client's certificate, where one is required, is not accepted, in a sentence: for the refusal.
    var certificateProblem: String?
    /// Names the request, as told in ``RequestID``; empty only where it came from no connection.
    let id: String

    init(
        method: HTTPRequest.Method, target: String, headerFields: HTTPFields, body: [UInt8] = [],
        remoteAddress: String, isSecure: Bool, id: String = ""
    ) {
        self.id = id
        self.method = method
        self.target = target
        let (path, query) = Self.split(target)
        self.path = path
        self.query = query
        self.headerFields = headerFields
        self.body = body
        self.remoteAddress = remoteAddress
        self.isSecure = isSecure
    }

    /// Path and query of a request target, both as sent.
    private static func split(_ target: String) -> (path: String, query: String?) {
        var rest = Substring(target)
        for scheme in ["http://", "https://"] where rest.prefix(scheme.count).lowercased() == scheme {
            let authority = rest.dropFirst(scheme.count)
            rest = authority.drop { $0 != "/" && $0 != "?" }
            break
        }
        guard let mark = rest.firstIndex(of: "?") else { return (rest.isEmpty ? "/" : String(rest), nil) }
        let path = rest[..<mark]
        return (path.isEmpty ? "/" : String(path), String(rest[rest.index(after: mark)...]))
    }
}
