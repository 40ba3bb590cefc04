internal import BridgeEngine
internal import HTTPTypes
internal import Logging

/// `/configuration/xmpp/login`: who may log in through the bridge.
struct LoginResource: APIResource {
    /// The name of the document.
    static let root = "xmppLogin"

    let settings: LoginSettings
    let store: Store
    let logger: Logger

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        if request.isRead { return get(request) }
        let parameters = try RequestBody.parameters(of: request.http, root: Self.root)
        switch LoginPolicyParameters.change(from: parameters) {
        case .success(let named): change(named, request)
        case .failure(let errors): throw .parameters(errors)
        }
        return nil
    }

    /// Adds the policy's revision, which is on every answer about it.
    func mark(_ response: inout HTTPServerResponse, _ representation: Representation) {
        let tag = EntityTags.tag(store.loginPolicy.revision, representation)
        if response.headerFields[.eTag] == nil { response.headerFields[.eTag] = tag }
        response.headerFields[.vary] = "Accept"
    }

    /// The policy that counts, each field present even when empty.
    private func get(_ request: APIRequest) -> HTTPServerResponse {
        let stored = store.loginPolicy
        let policy = stored.policy ?? settings.initial
        let document = Document(
            Self.root,
            [
                .init("mode", .text(policy.mode.rawValue)), .init("url", .text(policy.url ?? "")),
                .init("hosts", .text(policy.hosts.joined(separator: ","))),
            ])
        // Until something is stored, another start may have made it another policy.
        let isKnown =
            stored.policy != nil
            && request.http.headerFields[.ifNoneMatch].map {
                EntityTags($0).names(revision: stored.revision, request.representation)
            } ?? false
        var response = request.success(document, status: isKnown ? .notModified : .ok)
        response.headerFields[.eTag] = EntityTags.tag(stored.revision, request.representation)
        return response
    }

    /// Changes the parameters that were named, all or none; the answer comes once the change is on disk and counts, on a
    /// thread of the store's.
    private func change(_ change: LoginPolicyChange, _ request: APIRequest) {
        let requester = Requester(request)
        store.changeLoginPolicy(
            change, from: settings.initial, by: requester, ifRevision: request.isWanted
        ) { [logger] outcome in
            switch outcome {
            case .stored(let stored, let changed):
                if !changed.isEmpty {
                    logger.notice("\(AuditLine.modifiedLogin(changed.map(\.rawValue), by: requester))")
                }
                var response = HTTPServerResponse(status: .ok)
                response.headerFields[.eTag] = EntityTags.tag(stored.revision, request.representation)
                request.responder.respond(response)
            case .refused(let errors): request.responder.respond(request.failure(.parameters(errors)))
            case .stale: request.responder.respond(request.failure(.preconditionFailed))
            case .failed(let error):
                logger.error(
                    "settings could not be stored",
                    metadata: [
                        LogKey.error: "\(StoreError.words(for: error))", LogKey.requestID: "\(request.http.id)",
                    ])
                request.responder.respond(request.failure(.databaseNotReady))
            }
        }
    }
}
