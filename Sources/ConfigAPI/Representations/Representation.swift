/// How an answer is written.
enum Representation: String, Sendable, CaseIterable {
    case xml, json

    /// What the client's `Accept` asks for: JSON where it names `application/json` and does not prefer XML to it; XML in
    /// every other case, `*/*` included, as clients written for Cisco Meeting Server expect.
    init(accept: String?) {
        var quality: [String: Double] = [:]
        for range in (accept ?? "").split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let type = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            quality[type] = max(quality[type] ?? 0, weight ?? 1)
        }
        let json = max(quality["application/json"] ?? 0, quality["application/problem+json"] ?? 0)
        let xml = max(quality["application/xml"] ?? 0, quality["text/xml"] ?? 0)
        self = json > 0 && json >= xml ? .json : .xml
    }

    /// The media type of a successful answer.
    var contentType: String {
        switch self {
        case .xml: "text/xml"
        case .json: "application/json"
        }
    }

    /// The bytes of a document.
    func bytes(_ document: Document) -> [UInt8] {
        switch self {
        case .xml: XMLWriter.bytes(document)
        case .json: JSONWriter.bytes(document)
        }
    }
}
