@testable import ConfigAPI

/// Hands an answer to whoever waits for it; knows no streams, and no client that goes.
struct ContinuationResponder: Responder {
    private let continuation: CheckedContinuation<HTTPServerResponse, Never>

    init(_ continuation: CheckedContinuation<HTTPServerResponse, Never>) { self.continuation = continuation }

    func respond(_ response: HTTPServerResponse) { continuation.resume(returning: response) }

    func startStream(_ response: HTTPServerResponse) -> any ResponseStream {
        continuation.resume(returning: response)
        return ClosedStream()
    }

    func onClientGone(_ callback: @escaping @Sendable () -> Void) {}
}
