internal import HTTPTypes

/// Adds to whatever is answered what every answer has.
struct APIResponder: Responder {
    let responder: any Responder
    /// Completes an answer.
    let complete: @Sendable (HTTPServerResponse) -> HTTPServerResponse

    func respond(_ response: HTTPServerResponse) { responder.respond(complete(response)) }

    func startStream(_ response: HTTPServerResponse) -> any ResponseStream {
        responder.startStream(complete(response))
    }

    func onClientGone(_ callback: @escaping @Sendable () -> Void) { responder.onClientGone(callback) }
}
