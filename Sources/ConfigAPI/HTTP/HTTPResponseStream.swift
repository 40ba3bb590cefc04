/// The open body of an answer that goes over a connection.
final class HTTPResponseStream: ResponseStream {
    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool { exchange.write(bytes) }

    func finish() { exchange.finish() }
}
