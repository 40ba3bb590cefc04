internal import BridgeEngine
internal import HTTPTypes

/// `/status/general`: the state of the XMPP connection and what led to it, as a page.
///
/// `?events=` passes over so many events, `?attempt=` shows the picture of that attempt.
struct StatusPageResource: APIResource {
    let bridge: any BridgeControl
    let attempts: AttemptLog
    let events: EventLog

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let query = try QueryParameters(request.http.query, allowing: ["events", "attempt"])
        let page = try Self.page(query["events"])
        let chosen = try chosenAttempt(query["attempt"])
        let responder = request.responder
        events.read(page) { [bridge, attempts] result in
            let now = Timestamp.now()
            let status = bridge.status
            let content = StatusPage(
                status: status, running: bridge.attemptInProgress,
                attempts: Array(attempts.entries.prefix(StatusPage.mostAttempts)), chosen: chosen,
                events: (try? result.get()).map { StatusPage.Events(total: $0.total, entries: $0.entries) }, page: page,
                now: now, instant: .now)
            responder.respond(
                WebPage(title: "Status › General", route: .statusPage, main: content.main, now: now).response())
        }
        return nil
    }

    private static func page(_ text: String?) throws(APIFailure) -> Page {
        var page = Page()
        guard let text else { return page }
        guard let offset = Int(text), offset >= 0 else { throw wrong("events", "A number of events, from 0.") }
        page.offset = offset
        return page
    }

    private func chosenAttempt(_ text: String?) throws(APIFailure) -> AttemptLog.Entry? {
        guard let text else { return nil }
        guard let id = Int64(text) else { throw Self.wrong("attempt", "The number of an attempt.") }
        guard let entry = attempts.entry(id) else {
            throw .invalidOperation(.notFound, detail: "Attempt \(id) is not kept any more, or there was none.")
        }
        return entry
    }

    private static func wrong(_ name: String, _ detail: String) -> APIFailure {
        .parameters(ParameterErrors([ParameterError(parameter: name, .invalidValue, detail)]))
    }
}
