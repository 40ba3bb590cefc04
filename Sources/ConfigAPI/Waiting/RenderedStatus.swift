internal import BridgeEngine

/// A status as it goes to many clients: written once.
struct RenderedStatus: Sendable {
    let status: BridgeStatus
    private let xml: [UInt8]
    private let json: [UInt8]

    init(_ status: BridgeStatus) {
        self.status = status
        let document = Document(status)
        xml = Representation.xml.bytes(document)
        json = Representation.json.bytes(document)
    }

    /// The bytes of the document.
    func bytes(_ representation: Representation) -> [UInt8] {
        switch representation {
        case .xml: xml
        case .json: json
        }
    }

    /// As an event of a stream (WHATWG HTML §9.2): its id is boot and sequence, its data the JSON.
    var event: [UInt8] {
        Array("event: status\nid: \(StatusEventID(status).text)\ndata: ".utf8) + json + Array("\n\n".utf8)
    }
}
