/// Something that a path names, and what can be done with it.
protocol APIResource: Sendable {
    /// Answers a request of a method that the route has, from a user who may make it.
    ///
    /// Called on a thread of the server's, and must not block.
    /// - Returns: The answer, or nil where it goes to the request's responder later, once.
    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse?

    /// How long the answer to a read stands: nil: it may be another one at any time; else whether what it is about is
    /// still the same. Asked for before the answer is made.
    func standing(_ request: APIRequest) -> (@Sendable () -> Bool)?

    /// What every answer about the resource carries, failures included.
    func mark(_ response: inout HTTPServerResponse, _ representation: Representation)
}

extension APIResource {
    func standing(_ request: APIRequest) -> (@Sendable () -> Bool)? { nil }

    func mark(_ response: inout HTTPServerResponse, _ representation: Representation) {}
}
