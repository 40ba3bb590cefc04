internal import BridgeEngine
internal import HTTPTypes

/// `/configuration/xmpp/status`: the state of the XMPP connection, at once, when something has happened, or as a stream.
struct ConnectionStatusResource: APIResource {
    let bridge: any BridgeControl
    let feed: StatusFeed

    private static let eventStream = "text/event-stream"

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let wait = try StatusWait.read(query: request.http.query)
        if wait == nil, wantsStream(request.http) { return stream(request) }
        let status = bridge.status
        let known = request.http.headerFields[.ifNoneMatch].map(EntityTags.init)
        let isKnown = known?.names(status, request.representation) ?? false
        if let wait {
            if wait.condition.isMet(by: status) { return answer(status, request) }
            self.wait(wait, after: status, request)
            return nil
        }
        if isKnown, let wait = StatusWait.preferred(request.http.headerFields, after: status) {
            self.wait(wait, after: status, request)
            return nil
        }
        return answer(status, request)
    }

    private func wait(_ wait: StatusWait, after status: BridgeStatus, _ request: APIRequest) {
        feed.wait(for: wait.condition, after: status, timeout: wait.timeout, request.responder) { outcome in
            var response: HTTPServerResponse
            switch outcome {
            case .met(let rendered): response = answer(rendered.status, rendered.bytes, request)
            case .timeUp(let rendered):
                response = answer(rendered.status, rendered.bytes, request)
                if !wait.isPreference {
                    response.status = wait.condition.isMet(by: rendered.status) ? .ok : .gatewayTimeout
                }
            case .stopped: response = request.failure(.unavailable)
            }
            if wait.isPreference, let applied = HTTPField.Name("Preference-Applied") {
                response.headerFields[applied] = "wait=\(wait.timeout)"
            }
            request.responder.respond(response)
        }
    }

    private func answer(_ status: BridgeStatus, _ request: APIRequest) -> HTTPServerResponse {
        answer(status, { $0.bytes(Document(status)) }, request)
    }

    /// The status, or that it is the one that the client knows.
    private func answer(
        _ status: BridgeStatus, _ bytes: (Representation) -> [UInt8], _ request: APIRequest
    ) -> HTTPServerResponse {
        let representation = request.representation
        let known = request.http.headerFields[.ifNoneMatch].map(EntityTags.init)
        let isKnown = known?.names(status, representation) ?? false
        return HTTPServerResponse(
            status: isKnown ? .notModified : .ok,
            headerFields: [
                .contentType: representation.contentType, .cacheControl: "no-store", .vary: "Accept",
                .eTag: EntityTags.tag(status, representation),
            ], body: bytes(representation))
    }

    // MARK: Streams

    private func wantsStream(_ request: HTTPServerRequest) -> Bool {
        (request.headerFields[.accept] ?? "").split(separator: ",").contains { range in
            range.prefix { $0 != ";" }.trimmedBlanks.lowercased() == Self.eventStream
        }
    }

    private func stream(_ request: APIRequest) -> HTTPServerResponse? {
        var head = HTTPServerResponse(
            status: .ok,
            headerFields: [.contentType: Self.eventStream, .cacheControl: "no-store", .vary: "Accept"])
        // A proxy that gathers answers before it sends them on would hold events back.
        if let buffering = HTTPField.Name("X-Accel-Buffering") { head.headerFields[buffering] = "no" }
        if request.http.method == .head { return head }
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.http.headerFields[$0] }
        feed.follow(after: last.flatMap { StatusEventID($0) }, head, request.responder)
        return nil
    }
}
