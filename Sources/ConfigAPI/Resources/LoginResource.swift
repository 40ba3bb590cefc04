internal import Logging

/// `/configuration/xmpp/login`: who may log in through the bridge.
struct LoginResource: APIResource {
    let settings: LoginSettings
    let store: Store
    let logger: Logger

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? { throw .unavailable }
}
