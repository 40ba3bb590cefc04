internal import Logging

/// `/users`: the users of the Call Bridge, who may log in through it.
struct UsersResource: APIResource {
    let store: Store
    let logger: Logger

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? { throw .unavailable }
}
