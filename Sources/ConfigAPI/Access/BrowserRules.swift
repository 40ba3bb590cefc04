internal import HTTPTypes

/// What browsers are told with every answer, refusals included: to take it for nothing but what it says it is, to show it
/// in no frame, to load nothing for it, and to come by HTTPS from now on.
enum BrowserRules {
    /// For how long a browser that has come by HTTPS does not try plain HTTP: a year, in seconds.
    private static let secureFor = 31_536_000
    private static let frameOptions = HTTPField.Name("X-Frame-Options")

    /// Adds the fields. A policy that the answer has already is its own, as that of a page with scripts.
    static func add(to fields: inout HTTPFields, isSecure: Bool) {
        fields[.xContentTypeOptions] = "nosniff"
        if let frameOptions { fields[frameOptions] = "DENY" }
        if fields[.contentSecurityPolicy] == nil {
            fields[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        // RFC 6797 §7.2: never over plain HTTP.
        if isSecure { fields[.strictTransportSecurity] = "max-age=\(secureFor)" }
    }
}
