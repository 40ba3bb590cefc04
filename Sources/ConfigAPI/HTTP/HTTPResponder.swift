/// Answers one request that came over a connection.
///
/// It is harmless to keep one after the request is over. One that is dropped without an answer leaves its client
/// waiting until the client or the server gives up.
final class HTTPResponder: Responder {
    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    func respond(_ response: HTTPServerResponse) { exchange.answer(.complete(response)) }

    func startStream(_ response: HTTPServerResponse) -> any ResponseStream {
        exchange.answer(.stream(response))
        return HTTPResponseStream(exchange)
    }

    func onClientGone(_ callback: @escaping @Sendable () -> Void) { exchange.onClientGone(callback) }
}
