internal import BridgeEngine
internal import HTTPTypes

/// `/status/general`: the state of the XMPP connection and what led to it, as a page.
struct StatusPageResource: APIResource {
    let bridge: any BridgeControl
    let attempts: AttemptLog
    let events: EventLog

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let now = Timestamp.now()
        return WebPage(
            title: "Status › General", route: .statusPage,
            main: "<p>\(ConnectionLine(status: bridge.status, now: now).html)</p>", now: now
        ).response()
    }
}
