internal import BridgeEngine
internal import HTTPTypes

/// `/configuration/general`: the settings of the XMPP connection as a page, and the form's Submit.
struct ConfigurationPageResource: APIResource {
    let store: Store
    let bridge: any BridgeControl
    let writer: ConfigurationWriter

    /// The names in the query of the page that follows a Submit.
    private enum Done: String, CaseIterable {
        case stored, unchanged
    }

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        if request.isRead { return try get(request) }
        let entries = try ConfigurationEntries(Self.form(request.http))
        submit(entries, request)
        return nil
    }

    /// The pairs of a form, which comes from a browser as one and as nothing else.
    static func form(_ request: HTTPServerRequest) throws(APIFailure) -> [NamedValue] {
        let type = (request.headerFields[.contentType] ?? "").prefix { $0 != ";" }.lowercased().trimmedBlanks
        guard type == "application/x-www-form-urlencoded" else {
            throw .invalidOperation(
                .unsupportedMediaType, detail: "The page takes its own form (application/x-www-form-urlencoded).")
        }
        return FormBody(request.body).pairs
    }

    private func get(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse {
        let query = try QueryParameters(request.http.query, allowing: Done.allCases.map(\.rawValue))
        let stored = store.configuration
        var page = ConfigurationPage(
            form: ConfigurationForm(stored, mayWrite: request.mayWrite), status: bridge.status)
        if let revision = query[Done.stored.rawValue].flatMap({ Int($0) }),
            (1...max(1, stored.revision)).contains(revision)
        {
            page.notice = "The settings are stored as revision \(revision)."
        } else if query[Done.unchanged.rawValue].flatMap({ Int($0) }) == stored.revision {
            page.notice = "Nothing was changed: the settings are the same as before, revision \(stored.revision)."
        }
        return page.response()
    }

    private func submit(_ entries: ConfigurationEntries, _ request: APIRequest) {
        let change: ConfigurationChange
        switch entries.change() {
        case .success(let entered): change = entered
        case .failure(let wrong): return request.responder.respond(refusal(entries, wrong.errors))
        }
        let revision = entries.revision
        writer.write(change, for: request, ifRevision: { $0 == revision }) { outcome in
            request.responder.respond(answer(outcome, entries, change))
        }
    }

    private func answer(
        _ outcome: Store.Outcome, _ entries: ConfigurationEntries, _ change: ConfigurationChange
    ) -> HTTPServerResponse {
        switch outcome {
        case .stored(let stored, let changed):
            let done = changed.isEmpty ? Done.unchanged : .stored
            return WebPage.redirect(to: .configurationPage, query: "\(done.rawValue)=\(stored.revision)")
        case .refused(let wrong): return refusal(entries, wrong.errors.compactMap(entries.fieldError))
        case .stale:
            let stored = store.configuration
            let form = ConfigurationForm(entries, over: stored, revision: stored.revision)
            let conflict = ConfigurationConflict(entries, change, stored)
            return ConfigurationPage(form: form, status: bridge.status, conflict: conflict).response(.conflict)
        case .failed:
            let form = ConfigurationForm(entries, over: store.configuration, revision: entries.revision)
            var response = ConfigurationPage(
                form: form, status: bridge.status,
                problem: "The settings can't be written at the moment; nothing was changed. The log says why."
            ).response(.serviceUnavailable)
            for field in APIFailure.databaseNotReady.headerFields { response.headerFields[field.name] = field.value }
            return response
        }
    }

    private func refusal(
        _ entries: ConfigurationEntries, _ errors: [ConfigurationEntries.FieldError]
    ) -> HTTPServerResponse {
        let form = ConfigurationForm(
            entries, over: store.configuration, revision: entries.revision, errors: errors)
        return ConfigurationPage(form: form, status: bridge.status).response(.badRequest)
    }
}
