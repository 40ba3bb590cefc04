internal import HTTPTypes

/// Proves the user once more before an answer that was long in coming, if the users have changed meanwhile: who was removed
/// learns nothing more.
struct LateResponder: Responder {
    let responder: any Responder
    /// Whether the users are those of the first proof.
    let isProved: @Sendable () -> Bool
    /// Makes the proof.
    let proof: @Sendable (_ completion: @escaping @Sendable (Result<User, APIFailure>) -> Void) -> Void
    /// What is answered to who is no user any more.
    let refusal: @Sendable (APIFailure) -> HTTPServerResponse

    func respond(_ response: HTTPServerResponse) {
        if isProved() { return responder.respond(response) }
        proof { [responder, refusal] result in
            switch result {
            case .success(let user): responder.respond(user.role.mayRead ? response : refusal(.forbidden))
            case .failure(let failure): responder.respond(refusal(failure))
            }
        }
    }

    /// Streams end when the users change; one that begins only then would not be among them. Its client comes again.
    func startStream(_ response: HTTPServerResponse) -> any ResponseStream {
        if isProved() { return responder.startStream(response) }
        responder.respond(refusal(.unavailable))
        return ClosedStream()
    }

    func onClientGone(_ callback: @escaping @Sendable () -> Void) { responder.onClientGone(callback) }
}
