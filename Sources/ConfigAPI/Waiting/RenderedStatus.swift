internal import BridgeEngine
internal import NIOConcurrencyHelpers

/// A status as it goes to many clients: written once in each representation, when it is asked for.
struct RenderedStatus: Sendable {
    let status: BridgeStatus
    private let written: NIOLockedValueBox<[Representation: [UInt8]]> = .init([:])

    init(_ status: BridgeStatus) {
        self.status = status
    }

    /// The bytes of the document.
    func bytes(_ representation: Representation) -> [UInt8] {
        written.withLockedValue { written in
            if let bytes = written[representation] { return bytes }
            let bytes = representation.bytes(Document(status))
            written[representation] = bytes
            return bytes
        }
    }

    /// As an event of a stream (WHATWG HTML §9.2): its id is boot and sequence, its data the JSON.
    var event: [UInt8] {
        Array("event: status\nid: \(StatusEventID(status).text)\ndata: ".utf8) + bytes(.json) + Array("\n\n".utf8)
    }
}
