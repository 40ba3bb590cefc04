internal import BridgeEngine

/// `/configuration/xmpp/login/check`: whether a client may log in, for servers that don't ask over the connection.
struct LoginCheckResource: APIResource {
    /// The name of the document, in the request and in the answer.
    static let root = "loginCheck"

    private let logins: LimitedLogins
    private let store: Store
    private let report: @Sendable (LoginReport, Requester) -> Void

    /// - Parameters:
    ///   - logins: decides.
    ///   - store: has the domain whose hosts may ask.
    ///   - report: gets what was decided and who had asked, from any thread; nothing of a login whose client has gone.
    init(
        logins: any LoginRequestHandler, store: Store, report: @escaping @Sendable (LoginReport, Requester) -> Void
    ) {
        self.logins = LimitedLogins(logins)
        self.store = store
        self.report = report
    }

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let login: LoginRequest
        switch LoginCheckParameters.login(from: try RequestBody.parameters(of: request.http, root: Self.root)) {
        case .success(let named): login = named
        case .failure(let errors): throw .parameters(errors)
        }
        let requester = Requester(request)
        let answer: @Sendable (LoginVerdict) -> HTTPServerResponse = { [report] verdict in
            report(LoginReport(login, verdict), requester)
            return request.success(Document(loginCheck: verdict))
        }
        // Without a domain there is no host that could ask.
        guard let domain = store.configuration.domain, logins.hosts.allow(login.host, for: domain) else {
            return answer(.refused(.hostNotAllowed))
        }
        let decision = logins.decide(login) { request.responder.respond(answer($0)) }
        request.responder.onClientGone { decision.cancel() }
        return nil
    }
}
