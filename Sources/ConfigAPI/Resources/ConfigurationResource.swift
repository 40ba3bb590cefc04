internal import BridgeEngine
internal import HTTPTypes

/// `/configuration/xmpp`: the settings of the XMPP connection.
struct ConfigurationResource: APIResource {
    /// The name of the document.
    static let root = "xmpp"

    let store: Store
    let writer: ConfigurationWriter

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        if request.isRead { return get(request) }
        change(request)
        return nil
    }

    /// It stands until the configuration changes.
    func standing(_ request: APIRequest) -> (@Sendable () -> Bool)? {
        let revision = store.revision
        return { [store] in store.revision == revision }
    }

    /// Adds the revision, so that nobody has to search for it: it is on every answer about the configuration.
    func mark(_ response: inout HTTPServerResponse, _ representation: Representation) {
        let tag = EntityTags.tag(store.configuration.revision, representation)
        if response.headerFields[.eTag] == nil { response.headerFields[.eTag] = tag }
        response.headerFields[.vary] = "Accept"
    }

    /// The settings without the secret, each present even when empty.
    private func get(_ request: APIRequest) -> HTTPServerResponse {
        let configuration = store.configuration
        let document = Document(
            Self.root,
            [
                .init("uniqueName", .text(configuration.uniqueName ?? "")),
                .init("domain", .text(configuration.domain ?? "")),
                .init("serverAddressOverride", .text(configuration.serverAddressOverride ?? "")),
            ])
        let isKnown = request.http.headerFields[.ifNoneMatch].map {
            EntityTags($0).names(revision: configuration.revision, request.representation)
        }
        var response = request.success(document, status: isKnown == true ? .notModified : .ok)
        response.headerFields[.eTag] = EntityTags.tag(configuration.revision, request.representation)
        return response
    }

    /// Changes the parameters that the body names, all or none.
    ///
    /// The answer comes once the change is on disk and the bridge has taken it, on a thread of the store's; its revision
    /// is that of the change.
    private func change(_ request: APIRequest) {
        let responder = request.responder
        func fail(_ failure: APIFailure) { responder.respond(request.failure(failure)) }
        let change: ConfigurationChange
        do throws(APIFailure) {
            let parameters = try RequestBody.parameters(of: request.http, root: Self.root)
            switch ConfigurationParameters.change(from: parameters) {
            case .success(let named): change = named
            case .failure(let errors): throw .parameters(errors)
            }
        } catch {
            return fail(error)
        }
        let representation = request.representation
        writer.write(change, for: request, ifRevision: request.isWanted) { outcome in
            switch outcome {
            case .stored(let configuration, _):
                var response = HTTPServerResponse(status: .ok)
                response.headerFields[.eTag] = EntityTags.tag(configuration.revision, representation)
                responder.respond(response)
            case .refused(let errors): responder.respond(request.failure(.parameters(errors)))
            case .stale: responder.respond(request.failure(.preconditionFailed))
            case .failed: responder.respond(request.failure(.databaseNotReady))
            }
        }
    }
}
