internal import BridgeEngine
internal import Foundation

/// A name and a password, mostly from an `Authorization` header (RFC 7617).
struct BasicCredentials: Sendable, Equatable {
    let name: String
    let password: Secret

    /// The name for the log: who makes one up decides how long it is.
    var loggedName: String { String(name.unicodeScalars.prefix(64)) }
}

extension BasicCredentials {
    /// Reads the header's value; nil if it holds no Basic credentials in UTF-8.
    init?(authorization: String) {
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let decoded = Data(base64Encoded: String(parts[1]).trimmingCharacters(in: .whitespaces)),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
            let name = String(validating: decoded[..<colon], as: UTF8.self),
            // RFC 7617 §2 allows no control characters; in a log they could forge a line.
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        self.name = name
        password = Secret(decoded[decoded.index(after: colon)...])
    }
}
