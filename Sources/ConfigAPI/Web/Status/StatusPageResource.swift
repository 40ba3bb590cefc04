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
        let asked = try Self.attempt(query["attempt"])
        let chosen = asked.flatMap { attempts.entry($0) }
        let responder = request.responder
        events.read(page) { [bridge, attempts] result in
            let now = Timestamp.now()
            let status = bridge.status
            let content = StatusPage(
                status: status, running: bridge.attemptInProgress,
                attempts: Array(attempts.entries.prefix(StatusPage.mostAttempts)), asked: asked, chosen: chosen,
                events: (try? result.get()).map { StatusPage.Events(total: $0.total, entries: $0.entries) }, page: page,
                now: now, instant: .now)
            responder.respond(
                WebPage(title: "Status › General", route: .statusPage, main: content.main, now: now).response())
        }
        return nil
    }

    /// More events than are ever kept, and few enough to count on from there.
    private static let mostPassedOver = 1_000_000

    private static func page(_ text: String?) throws(APIFailure) -> Page {
        var page = Page()
        guard let text else { return page }
        guard let offset = Int(text), (0...mostPassedOver).contains(offset) else {
            throw wrong("events", "A number of events, from 0 to \(mostPassedOver).")
        }
        page.offset = offset
        return page
    }

    private static func attempt(_ text: String?) throws(APIFailure) -> Int64? {
        guard let text else { return nil }
        guard let id = Int64(text) else { throw wrong("attempt", "The number of an attempt.") }
        return id
    }

    private static func wrong(_ name: String, _ detail: String) -> APIFailure {
        .parameters(ParameterErrors([ParameterError(parameter: name, .invalidValue, detail)]))
    }
}
