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
        let blank = UInt8(ascii: " ")
        let parts = authorization.utf8.split(separator: blank, omittingEmptySubsequences: true)
        guard parts.count == 2, String(parts[0])?.lowercased() == "basic",
            let decoded = Data(base64Encoded: Data(parts[1])),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
            let name = String(validating: decoded[..<colon], as: UTF8.self),
            // RFC 7617 §2 allows no control characters; in a log they could forge a line.
            !name.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) })
        else { return nil }
        self.name = name
        password = Secret(decoded[decoded.index(after: colon)...])
    }
}
