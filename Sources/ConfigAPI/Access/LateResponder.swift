internal import HTTPTypes

/// Proves the user once more before an answer that was long in coming, if the users have changed meanwhile: who was removed
/// learns nothing more.
struct LateResponder: Responder {
    let responder: any Responder
    /// Whether the users are those of the first proof.
    let isProved: @Sendable () -> Bool
    /// Makes the proof; it fails where the user may not make such a request any more.
    let proof: @Sendable (_ completion: @escaping @Sendable (APIFailure?) -> Void) -> Void
    /// What is answered then.
    let refusal: @Sendable (APIFailure) -> HTTPServerResponse

    func respond(_ response: HTTPServerResponse) {
        if isProved() { return responder.respond(response) }
        proof { [responder, refusal] failure in responder.respond(failure.map(refusal) ?? response) }
    }

    /// Streams end when the users change; one that begins only then would not be among them. Its client comes again.
    func startStream(_ response: HTTPServerResponse) -> any ResponseStream {
        if isProved() { return responder.startStream(response) }
        responder.respond(refusal(.unavailable))
        return ClosedStream()
    }

    func onClientGone(_ callback: @escaping @Sendable () -> Void) { responder.onClientGone(callback) }
}
