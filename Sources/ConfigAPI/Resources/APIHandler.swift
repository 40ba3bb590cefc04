internal import BridgeEngine
internal import HTTPTypes
internal import Logging

/// Answers the requests of the API: proves the user, finds the resource, writes the answer.
///
/// A read by a user who is remembered is answered at once; proofs and writes are answered later, from the threads on
/// which they are made.
struct APIHandler: HTTPHandler {
    let authenticator: Authenticator
    let configuration: ConfigurationResource
    let systemStatus: SystemStatusResource
    let bridge: any BridgeControl
    let attempts: AttemptLog
    /// The value of the `Server` field.
    let serverName: String
    let logger: Logger

    func handle(_ request: HTTPServerRequest, _ responder: HTTPResponder) -> HTTPHandling {
        if let response = answer(request, later: { responder.respond($0) }) { return .respond(response) }
        return .later
    }

    func refusal(status: HTTPResponse.Status, _ head: HTTPServerRequest) -> HTTPServerResponse {
        let failure: APIFailure =
            switch status {
            case .serviceUnavailable: .unavailable
            case .contentTooLarge: .invalidOperation(status, detail: "The body is too large.")
            default: .invalidOperation(status, detail: "The request is malformed.")
            }
        return named(failure.response(in: Representation(accept: head.headerFields[.accept])))
    }

    /// Answers a request at once, or returns nil and answers it `later`, once, perhaps from another thread.
    func answer(
        _ request: HTTPServerRequest, later: @escaping @Sendable (HTTPServerResponse) -> Void
    ) -> HTTPServerResponse? {
        let representation = Representation(accept: request.headerFields[.accept])
        let later: @Sendable (HTTPServerResponse) -> Void = { later(named($0)) }
        if case .health? = try? Route.find(request.path) { return named(health(request, representation)) }
        guard let credentials = request.headerFields[.authorization].flatMap(BasicCredentials.init(authorization:))
        else {
            return named(APIFailure.unauthorized.response(in: representation))
        }
        if let user = authenticator.remembered(credentials) {
            return serve(request, user, representation, later).map(named)
        }
        authenticator.verify(credentials) { verdict in
            switch verdict {
            case .accepted(let user):
                if let response = serve(request, user, representation, later) { later(response) }
            case .refused:
                logger.notice(
                    "API user refused",
                    metadata: ["user": "\(credentials.name.prefix(64))", "address": "\(request.remoteAddress)"])
                later(APIFailure.unauthorized.response(in: representation))
            case .unknown: later(APIFailure.databaseNotReady.response(in: representation))
            case .busy: later(APIFailure.unavailable.response(in: representation))
            }
        }
        return nil
    }

    private func serve(
        _ request: HTTPServerRequest, _ user: User, _ representation: Representation,
        _ later: @escaping @Sendable (HTTPServerResponse) -> Void
    ) -> HTTPServerResponse? {
        do throws(APIFailure) {
            if CrossSiteRule.refuses(request) { throw .forbidden }
            let route = try Route.find(request.path)
            if route == .configuration { return configuration(request, user, representation, later) }
            guard route.methods.contains(request.method) else { throw .methodNotAllowed(route.methods) }
            guard user.role.mayRead else { throw .forbidden }
            switch route {
            case .health: return health(request, representation)
            case .status: return success(Document(bridge.status), in: representation)
            case .attempts:
                let page = try Page(query: request.query)
                return success(
                    Document("attempts", item: "attempt", attempts.entries, page) { Document.Row($0) },
                    in: representation)
            case .attempt(let id):
                guard let entry = Int64(id).flatMap(attempts.entry) else { throw .unrecognisedObject }
                return success(Document("attempt", Document.Row(entry)), in: representation)
            case .systemStatus: return success(systemStatus.document(now: .now()), in: representation)
            case .alarms:
                let rows = AlarmsResource.rows(status: bridge.status)
                let page = try Page(query: request.query)
                return success(Document("alarms", item: "alarm", rows, page) { $0 }, in: representation)
            case .alarm(let id):
                let rows = AlarmsResource.rows(status: bridge.status)
                guard let row = rows.first(where: { $0.id == id }) else { throw .unrecognisedObject }
                return success(Document("alarm", row), in: representation)
            // Answered above, with its revision.
            case .configuration: throw .unrecognisedObject
            }
        } catch {
            return error.response(in: representation)
        }
    }

    private func configuration(
        _ request: HTTPServerRequest, _ user: User, _ representation: Representation,
        _ later: @escaping @Sendable (HTTPServerResponse) -> Void
    ) -> HTTPServerResponse? {
        let methods = Route.configuration.methods
        guard methods.contains(request.method) else {
            let failure = APIFailure.methodNotAllowed(methods)
            return tagged(failure.response(in: representation), configuration.revision, representation)
        }
        let isRead = request.method == .get || request.method == .head
        guard isRead ? user.role.mayRead : user.role.mayWrite else {
            return tagged(APIFailure.forbidden.response(in: representation), configuration.revision, representation)
        }
        if isRead {
            let (document, revision, isKnown) = configuration.get(request, in: representation)
            var response = success(document, in: representation)
            if isKnown { response.status = .notModified }
            return tagged(response, revision, representation)
        }
        configuration.change(request, by: user, in: representation) { result in
            let response =
                switch result {
                case .success: HTTPServerResponse(status: .ok, headerFields: [:], body: [])
                case .failure(let failure): failure.response(in: representation)
                }
            later(tagged(response, configuration.revision, representation))
        }
        return nil
    }

    /// Says that the process is well, and nothing else.
    private func health(_ request: HTTPServerRequest, _ representation: Representation) -> HTTPServerResponse {
        guard Route.health.methods.contains(request.method) else {
            return APIFailure.methodNotAllowed(Route.health.methods).response(in: representation)
        }
        return HTTPServerResponse(
            status: .ok, headerFields: [.contentType: "text/plain", .cacheControl: "no-store"], body: Array("ok\n".utf8)
        )
    }

    private func success(_ document: Document, in representation: Representation) -> HTTPServerResponse {
        HTTPServerResponse(
            status: .ok,
            headerFields: [
                .contentType: representation.contentType, .cacheControl: "no-store", .vary: "Accept",
            ], body: representation.bytes(document))
    }

    /// Adds the revision, so that nobody has to search for it: it is on every answer about the configuration.
    private func tagged(
        _ response: HTTPServerResponse, _ revision: Int, _ representation: Representation
    ) -> HTTPServerResponse {
        var response = response
        response.headerFields[.eTag] = EntityTags.tag(revision, representation)
        response.headerFields[.vary] = "Accept"
        return response
    }

    private func named(_ response: HTTPServerResponse) -> HTTPServerResponse {
        var response = response
        response.headerFields[.server] = serverName
        return response
    }
}
