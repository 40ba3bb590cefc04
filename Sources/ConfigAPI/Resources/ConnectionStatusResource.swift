internal import BridgeEngine
internal import HTTPTypes

/// `/configuration/xmpp/status`: the state of the XMPP connection, at once, when something has happened, or as a stream.
struct ConnectionStatusResource: APIResource {
    let bridge: any BridgeControl
    let feed: StatusFeed

    private static let eventStream = "text/event-stream"
    private static let preferName = HTTPField.Name("Prefer")

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let wait = try StatusWait.read(query: request.http.query)
        if wantsStream(request.http) {
            guard wait == nil else { throw Self.waitForStream }
            return stream(request)
        }
        let status = bridge.status
        if let wait {
            if wait.condition.isMet(by: status) { return answer(RenderedStatus(status), .ok, request) }
            self.wait(wait, after: status, request)
            return nil
        }
        let answer = answer(RenderedStatus(status), nil, request)
        if answer.status == .notModified,
            let wait = StatusWait.preferred(request.http.headerFields, after: status)
        {
            self.wait(wait, after: status, request)
            return nil
        }
        return answer
    }

    /// It stands until the next status, where nobody waits for one.
    func standing(_ request: APIRequest) -> (@Sendable () -> Bool)? {
        guard request.http.query == nil, Self.preferName.flatMap({ request.http.headerFields[$0] }) == nil else {
            return nil
        }
        let sequence = bridge.status.sequence
        return { [bridge] in bridge.status.sequence == sequence }
    }

    private func wait(_ wait: StatusWait, after status: BridgeStatus, _ request: APIRequest) {
        feed.wait(for: wait.condition, after: status, timeout: wait.timeout, request.responder) { outcome in
            var response: HTTPServerResponse
            switch outcome {
            case .met(let rendered), .timeUp(let rendered):
                let reached: HTTPResponse.Status =
                    wait.condition.isMet(by: rendered.status) ? .ok : .gatewayTimeout
                response = answer(rendered, wait.isPreference ? nil : reached, request)
            case .stopped: response = request.failure(.unavailable)
            }
            if wait.isPreference, let applied = HTTPField.Name("Preference-Applied") {
                response.headerFields[applied] = "wait=\(wait.timeout)"
            }
            request.responder.respond(response)
        }
    }

    /// - Parameter code: nil: 304 where it is the status that the client knows, and else 200.
    private func answer(
        _ rendered: RenderedStatus, _ code: HTTPResponse.Status?, _ request: APIRequest
    ) -> HTTPServerResponse {
        let representation = request.representation
        let known = request.http.headerFields[.ifNoneMatch].map(EntityTags.init)
        let isKnown = known?.names(rendered.status, representation) ?? false
        return HTTPServerResponse(
            status: code ?? (isKnown ? .notModified : .ok),
            headerFields: [
                .contentType: representation.contentType, .cacheControl: "no-store", .vary: "Accept",
                .eTag: EntityTags.tag(rendered.status, representation),
            ], body: rendered.bytes(representation))
    }

    // MARK: Streams

    private static let waitForStream = APIFailure.parameters(
        ParameterErrors([
            ParameterError(parameter: "waitFor", .invalidValue, "A stream tells every state; it waits for none.")
        ]))

    private func wantsStream(_ request: HTTPServerRequest) -> Bool {
        MediaRanges(request.headerFields[.accept])[Self.eventStream] > 0
    }

    private func stream(_ request: APIRequest) -> HTTPServerResponse? {
        var head = HTTPServerResponse(
            status: .ok,
            headerFields: [.contentType: Self.eventStream, .cacheControl: "no-store", .vary: "Accept"])
        // A proxy that gathers answers before it sends them on would hold events back.
        if let buffering = HTTPField.Name("X-Accel-Buffering") { head.headerFields[buffering] = "no" }
        if request.http.method == .head {
            // As a stream that ends at once, so that it is told to have no length.
            request.responder.startStream(head).finish()
            return nil
        }
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.http.headerFields[$0] }
        feed.follow(after: last.flatMap { StatusEventID($0) }, head, request.responder)
        return nil
    }
}
