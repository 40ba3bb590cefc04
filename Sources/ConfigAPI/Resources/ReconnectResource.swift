internal import BridgeEngine
internal import HTTPTypes
internal import Logging

/// `/configuration/xmpp/reconnect`: drops the connection and connects again now.
struct ReconnectResource: APIResource {
    let bridge: any BridgeControl
    let logger: Logger

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let missing = bridge.status.missing.map(\.rawValue).joined(separator: ", ")
        guard missing.isEmpty else {
            throw .invalidOperation(.conflict, detail: "There is nothing to connect with: \(missing) not set.")
        }
        bridge.reconnect()
        logger.notice("\(request.http.remoteAddress): API user \"\(request.userName)\" requested XMPP reconnect")
        return HTTPServerResponse(status: .ok)
    }
}
