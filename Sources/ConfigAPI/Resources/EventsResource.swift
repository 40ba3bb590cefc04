/// `/events`: what somebody changed and what became of the connection, newest first.
struct EventsResource: APIResource {
    let log: EventLog

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let page = try Page(query: request.http.query)
        let responder = request.responder
        log.read(page) { result in
            switch result {
            case .success(let (total, entries)):
                responder.respond(
                    request.success(
                        Document("events", item: "event", entries.map { Document.Row($0) }, total: total)))
            case .failure: responder.respond(request.failure(.databaseNotReady))
            }
        }
        return nil
    }
}
