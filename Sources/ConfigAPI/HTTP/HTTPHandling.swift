/// What a handler gives back for a request.
enum HTTPHandling: Sendable {
    /// The answer is ready: it is sent at once, without a change of threads.
    case respond(HTTPServerResponse)
    /// The responder answers later, from any thread. No thread waits meanwhile.
    case later
}
