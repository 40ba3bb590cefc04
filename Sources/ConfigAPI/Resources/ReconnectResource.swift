internal import BridgeEngine
internal import HTTPTypes

/// `/configuration/xmpp/reconnect`: drops the connection and connects again now.
struct ReconnectResource: APIResource {
    let bridge: any BridgeControl
    let events: EventLog

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let missing = bridge.status.missing.map(\.rawValue).joined(separator: ", ")
        guard missing.isEmpty else {
            throw .invalidOperation(.conflict, detail: "There is nothing to connect with: \(missing) not set.")
        }
        // First, so that what comes of it stands behind it.
        events.noteReconnect(by: Requester(request), revision: bridge.status.revision)
        bridge.reconnect()
        return HTTPServerResponse(status: .ok)
    }
}
