import HTTPTypes

/// Decides what the server answers.
///
/// Both functions are called on the server's own threads, possibly on several at once, and must not block: all
/// connections of that thread would wait.
protocol HTTPHandler: Sendable {
    /// Answers one complete and well-framed request.
    ///
    /// With `.later` the connection is suspended until `responder` answers; an answer that comes before this function
    /// has returned is kept. With `.respond` the responder has no effect any more.
    func handle(_ request: HTTPServerRequest, _ responder: HTTPResponder) -> HTTPHandling

    /// The answer for a request that the server refuses by itself: 400 for bad framing or a bad head, 403 over HTTPS
    /// without the certificate that is required (`certificateProblem` says why), 413 for a body over the limit, 503 over
    /// the soft connection limit or while stopping. The connection is closed after it.
    ///
    /// - Parameter head: What is known of the request, without its body. For a 400 the target may be empty and the
    ///   fields may be missing: a malformed head is not handed on.
    func refusal(status: HTTPResponse.Status, _ head: HTTPServerRequest) -> HTTPServerResponse
}
