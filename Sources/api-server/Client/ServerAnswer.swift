internal import Foundation

/// What a server answered.
struct ServerAnswer {
    /// The status code.
    let status: Int
    /// The entity tag, where there is one.
    let entityTag: String?
    /// When to come again, in seconds, where the server says so.
    let retryAfter: String?
    let body: [UInt8]

    /// The configuration's revision that the entity tag names: 7 in `"7-json"`.
    var revision: Int? {
        guard let entityTag, entityTag.hasPrefix("\"") else { return nil }
        return Int(entityTag.dropFirst().prefix { $0.isNumber })
    }

    /// Reads the body; nil if it is not such a document.
    func document<Document: Decodable>(_ type: Document.Type) -> Document? {
        try? JSONDecoder().decode(type, from: Data(body))
    }
}
