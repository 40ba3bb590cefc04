internal import HTTPTypes

/// `/style.css` and the other files of the pages: kept by browsers, and asked for again with their entity tag.
struct WebFileResource: APIResource {
    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        guard case .webFile(let file) = request.route else { throw .unrecognisedObject }
        let isKnown = request.http.headerFields[.ifNoneMatch].map { EntityTags($0).names(file.tag) } ?? false
        return HTTPServerResponse(
            status: isKnown ? .notModified : .ok,
            headerFields: [.contentType: file.contentType, .cacheControl: "no-cache", .eTag: file.tag],
            body: file.bytes)
    }
}
