/// The head of a request as libmicrohttpd parsed it, in bytes.
struct RequestHead: Sendable {
    /// One field line.
    struct Field: Sendable {
        /// The name as sent.
        var name: [UInt8]
        /// The value as sent, trailing white space included.
        var value: [UInt8]
    }

    var method: [UInt8]
    var target: [UInt8]
    /// Such as `HTTP/1.1`.
    var version: [UInt8]
    /// All fields in the order sent.
    var fields: [Field]
    /// Whether the parsed parts, put together again, are byte for byte what was sent. False for a folded line, a
    /// NUL, a bare LF, extra spaces: whatever two parsers may read differently.
    var isExact: Bool
    /// Set where a later request may be known by it: of a GET or HEAD that is exact.
    var image: HeadImage?
}
