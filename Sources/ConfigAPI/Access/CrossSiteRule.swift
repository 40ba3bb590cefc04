internal import HTTPTypes

/// Browsers send Basic credentials by themselves, for whichever page makes the request. A request that would change
/// something is refused where the browser says that a page of another site made it.
enum CrossSiteRule {
    /// Whether the request is refused. Requests without `Origin` and `Sec-Fetch-Site` pass: they are no browser's.
    static func refuses(_ request: HTTPServerRequest) -> Bool {
        switch request.method {
        case .get, .head, .options: return false
        default: break
        }
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headerFields[$0] }
        if site == "cross-site" { return true }
        guard let origin = request.headerFields[.origin] else { return false }
        guard let host = HTTPField.Name("Host").flatMap({ request.headerFields[$0] }) else { return true }
        // RFC 6454 §7: scheme, host and port, or `null`; a default port is in neither field.
        let own = origin.lowercased()
        if own == "\(request.isSecure ? "https" : "http")://\(host)".lowercased() { return false }
        // A browser says "same-origin", which no page can make it say. Then the scheme alone may differ: a proxy has ended
        // TLS on the way.
        return site != "same-origin" || own != "https://\(host)".lowercased()
    }
}
