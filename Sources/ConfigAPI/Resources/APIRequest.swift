internal import HTTPTypes

/// A request that may be made, on its way to a resource.
struct APIRequest: Sendable {
    let http: HTTPServerRequest
    /// What its path names.
    let route: Route
    /// Who makes it; empty where the resource needs no user.
    let userName: String
    /// How the answer is to be written.
    let representation: Representation
    /// Where an answer goes that is not returned.
    let responder: any Responder

    /// Whether nothing is to be changed.
    var isRead: Bool { http.method == .get || http.method == .head }

    /// A success with a document.
    func success(_ document: Document, status: HTTPResponse.Status = .ok) -> HTTPServerResponse {
        HTTPServerResponse(
            status: status,
            headerFields: [
                .contentType: representation.contentType, .cacheControl: "no-store", .vary: "Accept",
            ], body: representation.bytes(document))
    }

    /// A failure.
    func failure(_ failure: APIFailure) -> HTTPServerResponse { failure.response(in: representation) }
}
