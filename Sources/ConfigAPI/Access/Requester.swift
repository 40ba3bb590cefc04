/// Who asked for a change, and from where: for the log.
struct Requester: Sendable, Hashable {
    /// The name of the API's user.
    let user: String
    /// The client's IP address, without its port.
    let address: String
}

extension Requester {
    init(_ request: APIRequest) {
        self.init(user: request.userName, address: request.http.remoteAddress)
    }
}
