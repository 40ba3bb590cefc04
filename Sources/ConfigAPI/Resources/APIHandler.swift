internal import BridgeEngine
internal import HTTPTypes
internal import Logging

/// Answers the requests of the API: proves the user, finds the resource, and lets it answer.
///
/// A read by a user who is remembered is answered at once; proofs and writes are answered later, from the threads on
/// which they are made.
struct APIHandler: HTTPHandler {
    let authenticator: Authenticator
    let resources: APIResources
    let metrics: RequestMetrics
    /// The value of the `Server` field.
    let serverName: String
    let logger: Logger

    /// What is answered at once.
    private struct Served {
        var response: HTTPServerResponse
        /// Whether it still is the answer; nil: nobody knows.
        var isCurrent: (@Sendable () -> Bool)?
    }

    func handle(_ request: HTTPServerRequest, _ responder: HTTPResponder) -> HTTPHandling {
        guard let served = serve(request, responder) else { return .later }
        guard let isCurrent = served.isCurrent else { return .respond(served.response) }
        let (method, address) = (request.method, request.remoteAddress)
        let template = (try? Route.find(request.path))?.template ?? .other
        let code = served.response.status.code
        let standing = Standing(isCurrent: isCurrent) { [notes] id, nanoseconds in
            notes.note(
                method, template, code: code, from: address, id: id, nanoseconds: nanoseconds, isTimed: true)
        }
        return .standing(served.response, standing)
    }

    func refusal(status: HTTPResponse.Status, _ head: HTTPServerRequest) -> HTTPServerResponse {
        let failure: APIFailure =
            switch status {
            case .serviceUnavailable: .unavailable
            case .forbidden: .invalidOperation(status, detail: head.certificateProblem ?? "")
            case .contentTooLarge: .invalidOperation(status, detail: "The body is too large.")
            default: .invalidOperation(status, detail: "The request is malformed.")
            }
        // Of a request that could not be read nothing is known: it is not one for the server's front door.
        let route = head.target.isEmpty ? nil : try? Route.find(head.path)
        let response = FailureForm(route, Representation(accept: head.headerFields[.accept])).response(failure)
        return notes.note(complete(response, head), to: head, route?.template ?? .other, isTimed: false)
    }

    /// Answers a request at once, or returns nil and answers it through the responder, once, perhaps from another thread.
    func answer(_ request: HTTPServerRequest, _ responder: any Responder) -> HTTPServerResponse? {
        serve(request, responder)?.response
    }

    private func serve(_ request: HTTPServerRequest, _ responder: any Responder) -> Served? {
        let representation = Representation(accept: request.headerFields[.accept])
        let route = Result { () throws(APIFailure) in try Route.find(request.path) }
        let form = FailureForm(try? route.get(), representation)
        let record = RequestRecord(request, (try? route.get())?.template ?? .other, responder, notes)
        let responder = APIResponder(responder: record) { complete($0, request) }
        func now(_ served: Served) -> Served {
            Served(response: record.answered(complete(served.response, request)), isCurrent: served.isCurrent)
        }
        func now(_ response: HTTPServerResponse) -> Served { now(Served(response: response)) }

        if case .success(let node) = route, !node.needsUser {
            return serve(
                request, route, representation, userName: "", responder, mayMake: true, mayRead: true, mayWrite: false
            ).map(now)
        }
        guard let credentials = request.headerFields[.authorization].flatMap(BasicCredentials.init(authorization:))
        else {
            return now(form.response(.unauthorized))
        }
        if let seconds = authenticator.wait(of: credentials.name, from: request.remoteAddress) {
            metrics.count(.throttled)
            return now(form.response(.tooManyRequests(retryAfter: seconds)))
        }
        let guarded = guarded(responder, credentials, request, route, form)
        let generation = authenticator.generation
        if let user = authenticator.remembered(credentials) {
            return serve(request, route, representation, user, guarded).map { served in
                var served = now(served)
                served.isCurrent = served.isCurrent.map { isCurrent in
                    standing(isCurrent, for: credentials.name, at: generation, from: request.remoteAddress)
                }
                return served
            }
        }
        prove(credentials, request) { result in
            switch result {
            case .success(let user):
                if let served = serve(request, route, representation, user, guarded) {
                    responder.respond(served.response)
                }
            case .failure(let failure): responder.respond(form.response(failure))
            }
        }
        return nil
    }

    /// For whom an answer stands: the users have not changed, and nobody guesses this one's password from there.
    private func standing(
        _ isCurrent: @escaping @Sendable () -> Bool, for name: String, at generation: Authenticator.Generation,
        from address: String
    ) -> @Sendable () -> Bool {
        { [authenticator] in
            authenticator.generation == generation && authenticator.wait(of: name, from: address) == nil && isCurrent()
        }
    }

    /// What only tells something can be long in coming, and is for those who may still hear it. Of a change that was
    /// made its client is told, whatever has become of the user.
    private func guarded(
        _ responder: any Responder, _ credentials: BasicCredentials, _ request: HTTPServerRequest,
        _ found: Result<Route, APIFailure>, _ form: FailureForm
    ) -> any Responder {
        let route = try? found.get()
        let isLate = Self.isRead(request) || [.check, .loginCheck, .checkPage].contains(route)
        guard isLate else { return responder }
        let generation = authenticator.generation
        return LateResponder(responder: responder) {
            authenticator.generation == generation
        } proof: { completion in
            prove(credentials, request) { result in
                switch result {
                case .success(let user): completion(Self.may(user.role, make: request, found) ? nil : .forbidden)
                case .failure(let failure): completion(failure)
                }
            }
        } refusal: { failure in
            form.response(failure)
        }
    }

    /// Proves credentials, later.
    private func prove(
        _ credentials: BasicCredentials, _ request: HTTPServerRequest,
        _ completion: @escaping @Sendable (Result<User, APIFailure>) -> Void
    ) {
        authenticator.verify(credentials, from: request.remoteAddress) { verdict in
            metrics.count(RequestMetrics.PasswordCheck(verdict))
            switch verdict {
            case .accepted(let user): completion(.success(user))
            case .refused:
                logger.notice(
                    "API user refused",
                    metadata: [
                        LogKey.user: "\(credentials.loggedName)", LogKey.client: "\(request.remoteAddress)",
                        LogKey.requestID: "\(request.id)",
                    ])
                completion(.failure(.unauthorized))
            case .throttled(let seconds): completion(.failure(.tooManyRequests(retryAfter: seconds)))
            case .unknown: completion(.failure(.databaseNotReady))
            case .busy: completion(.failure(.unavailable))
            }
        }
    }

    private func serve(
        _ request: HTTPServerRequest, _ route: Result<Route, APIFailure>, _ representation: Representation,
        _ user: User, _ responder: any Responder
    ) -> Served? {
        serve(
            request, route, representation, userName: user.name, responder,
            mayMake: Self.may(user.role, make: request, route), mayRead: user.role.mayRead,
            mayWrite: user.role.mayWrite)
    }

    private static func isRead(_ request: HTTPServerRequest) -> Bool {
        request.method == .get || request.method == .head
    }

    private static func may(_ role: Role, make request: HTTPServerRequest, _ route: Result<Route, APIFailure>) -> Bool {
        if (try? route.get()) == .loginCheck { return role.mayCheckLogins }
        return isRead(request) ? role.mayRead : role.mayWrite
    }

    /// - Parameters:
    ///   - mayMake: whether the user may make this request.
    ///   - mayRead: whether the user may know anything of a resource.
    ///   - mayWrite: whether the user may change anything.
    private func serve(
        _ request: HTTPServerRequest, _ found: Result<Route, APIFailure>, _ representation: Representation,
        userName: String, _ responder: any Responder, mayMake: Bool, mayRead: Bool, mayWrite: Bool
    ) -> Served? {
        let route: Route
        do throws(APIFailure) {
            if CrossSiteRule.refuses(request) { throw .forbidden }
            route = try found.get()
        } catch {
            return Served(response: FailureForm(try? found.get(), representation).response(error))
        }
        let resource = resources[route]
        @Sendable func mark(_ response: HTTPServerResponse) -> HTTPServerResponse {
            var response = response
            resource.mark(&response, representation)
            return response
        }
        let request = APIRequest(
            http: request, route: route, userName: userName, mayWrite: mayWrite, representation: representation,
            responder: APIResponder(responder: responder, complete: mark))
        do throws(APIFailure) {
            guard route.methods.contains(request.http.method) else { throw .methodNotAllowed(route.methods) }
            guard mayMake else { throw .forbidden }
            let isCurrent = request.isRead ? resource.standing(request) : nil
            return try resource.answer(request).map { Served(response: mark($0), isCurrent: isCurrent) }
        } catch {
            return Served(response: mayRead ? mark(request.failure(error)) : request.failure(error))
        }
    }

    private var notes: RequestNotes { RequestNotes(metrics: metrics, logger: logger) }

    /// Adds what every answer has.
    private func complete(_ response: HTTPServerResponse, _ request: HTTPServerRequest) -> HTTPServerResponse {
        var response = response
        response.headerFields[.server] = serverName
        BrowserRules.add(to: &response.headerFields, isSecure: request.isSecure)
        return response
    }
}
