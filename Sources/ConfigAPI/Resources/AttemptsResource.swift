internal import BridgeEngine

/// `/configuration/xmpp/attempts`: the latest attempts to connect, newest first.
struct AttemptsResource: APIResource {
    let log: AttemptLog

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        guard case .attempt(let id) = request.route else {
            let page = try Page(query: request.http.query)
            return request.success(
                Document("attempts", item: "attempt", log.entries, page) { Document.Row($0) })
        }
        guard let entry = Int64(id).flatMap(log.entry) else { throw .unrecognisedObject }
        return request.success(Document("attempt", Document.Row(entry)))
    }
}
