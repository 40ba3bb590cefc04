internal import BridgeEngine
internal import HTTPTypes
internal import Logging

/// `/configuration/general`: the settings of the XMPP connection, as a page with a form.
struct ConfigurationPageResource: APIResource {
    let store: Store
    let bridge: any BridgeControl
    let logger: Logger

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        WebPage(title: "Configuration › General", route: .configurationPage, main: "<p></p>").response()
    }
}
