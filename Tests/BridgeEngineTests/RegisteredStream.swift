import TestSupport

@testable import BridgeEngine

/// The stream of a component `cb1.example.test` that the server has accepted, without a transport.
struct RegisteredStream {
    private(set) var stream: ComponentStream
    private let parser = XMLStreamParser()

    init(logins: LoginRequests? = nil) {
        stream = ComponentStream(
            identity: ComponentIdentity(jid: "cb1.example.test", domain: "example.test"), secret: Secret("secret"),
            liveness: Liveness(interval: .seconds(30), idPrefix: "p"), logins: logins)
        _ = stream.handle(.open)
        _ = receive(HostileAction.header)
        _ = stream.handle(.register)
        _ = receive("<handshake/>")
    }

    mutating func handle(_ event: ComponentStream.Event) -> [ComponentStream.Action] { stream.handle(event) }

    /// What comes of XML from the server.
    mutating func receive(_ text: String) -> [ComponentStream.Action] {
        parser.parse(Array(text.utf8)).flatMap { stream.handle(.received($0)) }
    }

    mutating func takeDropped() -> DroppedStanzas { stream.takeDropped() }
}
