internal import HTTPTypes

/// Ids of requests: they stand in the answer's `X-Request-Id` and in each log line about the request.
///
/// A client's own one is taken over where it is a sane token, so that a line can be followed through several programs.
enum RequestID {
    /// The most characters of a client's id.
    static let longest = 64

    /// The header field, in both directions.
    static let fieldName = HTTPField.Name("X-Request-Id")

    /// A client's id: 1 to ``longest`` letters, digits and `-._~:=+/`; nil for anything else.
    static func sent(in fields: HTTPFields) -> String? {
        guard let fieldName, let value = fields[fieldName] else { return nil }
        let isSane = (1...longest).contains(value.utf8.count) && value.utf8.allSatisfy(isAllowed)
        return isSane ? value : nil
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~:=+/".utf8.contains(byte)
        }
    }
}
