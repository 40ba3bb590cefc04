internal import HTTPTypes

/// A request that may be made, on its way to a resource.
struct APIRequest: Sendable {
    let http: HTTPServerRequest
    /// What its path names.
    let route: Route
    /// Who makes it; empty where the resource needs no user.
    let userName: String
    /// Whether the user may change anything.
    var mayWrite = false
    /// How the answer is to be written.
    let representation: Representation
    /// Where an answer goes that is not returned.
    let responder: any Responder

    /// Whether nothing is to be changed.
    var isRead: Bool { http.method == .get || http.method == .head }

    /// Whether a change may be made to a revision, as `If-Match` and `If-None-Match` say.
    var isWanted: @Sendable (_ revision: Int) -> Bool {
        let wanted = http.headerFields[.ifMatch].map(EntityTags.init)
        let unwanted = http.headerFields[.ifNoneMatch].map(EntityTags.init)
        return { [representation] revision in
            wanted?.names(revision: revision) ?? true && !(unwanted?.names(revision: revision, representation) ?? false)
        }
    }

    /// A success with a document.
    func success(_ document: Document, status: HTTPResponse.Status = .ok) -> HTTPServerResponse {
        HTTPServerResponse(
            status: status,
            headerFields: [
                .contentType: representation.contentType, .cacheControl: "no-store", .vary: "Accept",
            ], body: representation.bytes(document))
    }

    /// A failure.
    func failure(_ failure: APIFailure) -> HTTPServerResponse {
        FailureForm(route, representation).response(failure)
    }
}
