internal import HTTPTypes
internal import Logging

/// Answers the requests of the API: proves the user, finds the resource, writes the answer.
///
/// A read by a user who is remembered is answered at once; proofs and writes are answered later, from the threads on
/// which they are made.
struct APIHandler: HTTPHandler {
    let authenticator: Authenticator
    let configuration: ConfigurationResource
    let bridge: any BridgeControl
    let logger: Logger

    func handle(_ request: HTTPServerRequest, _ responder: HTTPResponder) -> HTTPHandling {
        let representation = Representation(accept: request.headerFields[.accept])
        guard let credentials = request.headerFields[.authorization].flatMap(BasicCredentials.init(authorization:))
        else {
            return .respond(APIFailure.unauthorized.response(in: representation))
        }
        if let user = authenticator.remembered(credentials) {
            return serve(request, user, representation, responder)
        }
        authenticator.verify(credentials) { verdict in
            switch verdict {
            case .accepted(let user):
                if case .respond(let response) = serve(request, user, representation, responder) {
                    responder.respond(response)
                }
            case .refused:
                logger.notice(
                    "API user refused",
                    metadata: ["user": "\(credentials.name)", "address": "\(request.remoteAddress)"])
                responder.respond(APIFailure.unauthorized.response(in: representation))
            case .unknown: responder.respond(APIFailure.databaseNotReady.response(in: representation))
            }
        }
        return .later
    }

    func refusal(status: HTTPResponse.Status, _ head: HTTPServerRequest) -> HTTPServerResponse {
        let representation = Representation(accept: head.headerFields[.accept])
        let failure: APIFailure =
            switch status {
            case .serviceUnavailable: .unavailable
            case .contentTooLarge: .invalidOperation(status, detail: "The body is too large.")
            default: .invalidOperation(status, detail: "The request is malformed.")
            }
        return failure.response(in: representation)
    }

    private func serve(
        _ request: HTTPServerRequest, _ user: User, _ representation: Representation, _ responder: HTTPResponder
    ) -> HTTPHandling {
        do throws(APIFailure) {
            let route = try Route.find(request.path)
            guard route.methods.contains(request.method) else { throw .methodNotAllowed(route.methods) }
            guard user.role.mayRead else { throw .forbidden }
            switch route {
            case .status: return .respond(success(Document(bridge.status), in: representation))
            case .configuration:
                if request.method == .get || request.method == .head {
                    return .respond(success(configuration.get(), in: representation))
                }
                guard user.role.mayWrite else { throw .forbidden }
                configuration.change(request, by: user) { result in
                    switch result {
                    case .success: responder.respond(HTTPServerResponse(status: .ok, headerFields: [:], body: []))
                    case .failure(let failure): responder.respond(failure.response(in: representation))
                    }
                }
                return .later
            }
        } catch {
            return .respond(error.response(in: representation))
        }
    }

    private func success(_ document: Document, in representation: Representation) -> HTTPServerResponse {
        HTTPServerResponse(
            status: .ok, headerFields: [.contentType: representation.contentType, .cacheControl: "no-store"],
            body: representation.bytes(document))
    }
}
