/// The open body of an answer, such as a stream of events.
final class HTTPResponseStream: Sendable {
    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    /// Appends bytes, which are sent as soon as the client takes them.
    /// - Returns: False if they are not sent: the stream is over, or its client is too slow (see
    ///   `HTTPServer.Limits.streamBufferBytes`), which ends it.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool { exchange.write(bytes) }

    /// Ends the body after what was written; harmless when repeated.
    func finish() { exchange.finish() }
}
