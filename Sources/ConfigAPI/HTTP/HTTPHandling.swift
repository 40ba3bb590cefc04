/// What a handler gives back for a request.
enum HTTPHandling: Sendable {
    /// The answer is ready: it is sent at once, without a change of threads.
    case respond(HTTPServerResponse)
    /// The same, and as long as it stands the same request on the same connection has the same answer.
    case standing(HTTPServerResponse, Standing)
    /// The responder answers later, from any thread. No thread waits meanwhile.
    case later
}
