/// Takes the answer to one request, from any thread and at any time.
protocol Responder: Sendable {
    /// Sends the answer. Ignored after a first answer, when the client has gone, and when the server has stopped.
    func respond(_ response: HTTPServerResponse)

    /// Sends status, fields and the body so far, and keeps the body open.
    ///
    /// Ignored in the same cases as `respond`; the stream returned is then closed already.
    func startStream(_ response: HTTPServerResponse) -> any ResponseStream

    /// Sets what is called when the client leaves before it has its answer, or in the middle of a stream, or when the
    /// server stops during a stream.
    ///
    /// It is called at most once, on a thread of the server's, and must not block; at once if the client has gone, or the
    /// request is over, already. A second one replaces the first. It is let go when the request is over.
    func onClientGone(_ callback: @escaping @Sendable () -> Void)
}
