/// The open body of an answer, such as a stream of events.
protocol ResponseStream: Sendable {
    /// Appends bytes, which are sent as soon as the client takes them.
    /// - Returns: False if they are not sent: the stream is over, or its client is too slow (see
    ///   `HTTPServer.Limits.streamBufferBytes`), which ends it.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool

    /// Ends the body after what was written; harmless when repeated.
    func finish()
}
