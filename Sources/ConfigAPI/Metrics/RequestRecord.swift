internal import HTTPTypes

/// One request, from the moment at which it was whole; its answer goes through here, at once or later.
final class RequestRecord: Responder {
    private let request: HTTPServerRequest
    private let template: RouteTemplate
    private let responder: any Responder
    private let notes: RequestNotes
    private let start = MonotonicClock.nanoseconds

    /// - Parameter responder: takes what is not answered at once.
    init(_ request: HTTPServerRequest, _ template: RouteTemplate, _ responder: any Responder, _ notes: RequestNotes) {
        self.request = request
        self.template = template
        self.responder = responder
        self.notes = notes
    }

    /// What becomes of an answer.
    func answered(_ response: HTTPServerResponse) -> HTTPServerResponse {
        noted(response, isTimed: !waitsOnPurpose)
    }

    func respond(_ response: HTTPServerResponse) { responder.respond(answered(response)) }

    /// A stream goes on for as long as the client likes.
    func startStream(_ response: HTTPServerResponse) -> any ResponseStream {
        responder.startStream(noted(response, isTimed: false))
    }

    func onClientGone(_ callback: @escaping @Sendable () -> Void) { responder.onClientGone(callback) }

    private func noted(_ response: HTTPServerResponse, isTimed: Bool) -> HTTPServerResponse {
        notes.note(
            response, to: request, template, nanoseconds: MonotonicClock.nanoseconds - start, isTimed: isTimed)
    }

    /// Whether the client may want to wait: how long it did says nothing about the server. A query of the status is about
    /// nothing else.
    private var waitsOnPurpose: Bool {
        template == .status
            && (request.query != nil || Self.preferName.map { request.headerFields[$0] != nil } ?? false)
    }

    /// RFC 7240.
    private static let preferName = HTTPField.Name("Prefer")
}
