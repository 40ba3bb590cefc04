/// How an answer is written.
enum Representation: String, Sendable, CaseIterable {
    case xml, json

    /// What the client's `Accept` asks for: JSON where it names `application/json` and does not prefer XML to it; XML in
    /// every other case, `*/*` included, as clients written for Cisco Meeting Server expect.
    init(accept: String?) {
        // What nearly all clients send.
        if accept == nil || accept == "*/*" {
            self = .xml
            return
        }
        let ranges = MediaRanges(accept)
        let json = max(ranges["application/json"], ranges["application/problem+json"])
        let xml = max(ranges["application/xml"], ranges["text/xml"])
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
