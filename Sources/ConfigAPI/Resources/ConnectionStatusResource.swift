internal import BridgeEngine
internal import HTTPTypes

/// `/configuration/xmpp/status`: the state of the XMPP connection.
struct ConnectionStatusResource: APIResource {
    let bridge: any BridgeControl

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        request.success(Document(bridge.status))
    }
}
