internal import BridgeEngine

/// `/configuration/xmpp/login/check`: whether a client may log in, for servers that don't ask over the connection.
struct LoginCheckResource: APIResource {
    let logins: any LoginRequestHandler
    let store: Store
    /// Gets what was decided, and who had asked.
    let report: @Sendable (LoginReport, Requester) -> Void

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? { throw .unavailable }
}
