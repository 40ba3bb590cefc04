internal import BridgeEngine
internal import HTTPTypes

/// `/configuration/general/check`: the form's Check. It stores nothing, and answers the page with what came of it; to a script,
/// as a stream of events, each with the section of the page that tells how far it has come.
struct CheckPageResource: APIResource {
    let store: Store
    let bridge: any BridgeControl

    private static let eventStream = "text/event-stream"

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let entries = try ConfigurationEntries(ConfigurationPageResource.form(request.http))
        switch settings(entries) {
        case .failure(let wrong):
            return page(entries, errors: wrong.errors).response(.badRequest)
        case .success(let settings):
            // Some servers throw out the connection that is up when its name is registered again.
            let status = bridge.status
            let registers = status.state != .connected || status.jid != settings.componentJID
            let isStream = MediaRanges(request.http.headerFields[.accept])[Self.eventStream] > 0
            let task = Task {
                if isStream {
                    await stream(settings, registers, request)
                } else {
                    request.responder.respond(await answer(entries, settings, registers))
                }
            }
            request.responder.onClientGone { task.cancel() }
            return nil
        }
    }

    /// What is stored, with what was entered.
    private func settings(
        _ entries: ConfigurationEntries
    ) -> Result<BridgeSettings, ConfigurationEntries.FieldErrors> {
        entries.change().flatMap { change in
            do throws(ParameterError) {
                let settings = try change.applied(to: store.configuration).bridgeSettings
                let missing = settings.missing.compactMap { parameter in
                    ConfigurationField(rawValue: parameter.rawValue).map {
                        ConfigurationEntries.FieldError(field: $0, detail: "It is needed for a connection.")
                    }
                }
                return missing.isEmpty ? .success(settings) : .failure(.init(errors: missing))
            } catch {
                return .failure(.init(errors: [error].compactMap(entries.fieldError)))
            }
        }
    }

    private func page(
        _ entries: ConfigurationEntries, errors: [ConfigurationEntries.FieldError] = [],
        check: CheckSection = .idle
    ) -> ConfigurationPage {
        let form = ConfigurationForm(
            entries, over: store.configuration, revision: entries.revision, errors: errors)
        return ConfigurationPage(form: form, status: bridge.status, check: check)
    }

    private func answer(
        _ entries: ConfigurationEntries, _ settings: BridgeSettings, _ registers: Bool
    ) async -> HTTPServerResponse {
        let outcome = await check(settings, registers) { _ in }
        var page = page(entries, check: outcome)
        if entries.hasSecret { page.notice = "The secret was tried, but is not kept here: enter it again to store it." }
        if case .refused = outcome { return page.response(.serviceUnavailable) }
        return page.response()
    }

    private func check(
        _ settings: BridgeSettings, _ registers: Bool, advanced: @escaping @Sendable (AttemptProgress) -> Void
    ) async -> CheckSection {
        do throws(Bridge.CheckError) {
            return .ended(
                try await bridge.check(settings, registering: registers, advanced: advanced), registers: registers)
        } catch {
            switch error {
            case .incomplete: return .refused("Something is missing in the settings.")
            case .tooMany: return .refused("There are too many checks already; try again in a minute.")
            case .stopped: return .refused("The server is stopping.")
            }
        }
    }

    // MARK: As a stream

    private func stream(_ settings: BridgeSettings, _ registers: Bool, _ request: APIRequest) async {
        var head = HTTPServerResponse(status: .ok, headerFields: WebPage.fields)
        head.headerFields[.contentType] = Self.eventStream
        // A proxy that gathers answers before it sends them on would hold events back.
        if let buffering = HTTPField.Name("X-Accel-Buffering") { head.headerFields[buffering] = "no" }
        let stream = request.responder.startStream(head)
        // Of several steps at once the last one will do, and none is rendered on the bridge's event loop.
        let (steps, continuation) = AsyncStream.makeStream(
            of: AttemptProgress.self, bufferingPolicy: .bufferingNewest(1))
        async let telling: Void = Self.tell(steps, stream)
        let outcome = await check(settings, registers) { continuation.yield($0) }
        continuation.finish()
        await telling
        stream.write(Self.event(outcome))
        stream.finish()
    }

    private static func tell(_ steps: AsyncStream<AttemptProgress>, _ stream: any ResponseStream) async {
        for await progress in steps { stream.write(event(.running(progress, .now))) }
    }

    /// An event of a stream (WHATWG HTML §9.2) with a section as its data.
    private static func event(_ section: CheckSection) -> [UInt8] {
        let lines = section.html.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return Array("event: check\n".utf8) + lines.flatMap { Array("data:".utf8) + $0 + [UInt8(ascii: "\n")] }
            + [UInt8(ascii: "\n")]
    }
}
