internal import BridgeEngine
internal import Dispatch
internal import Foundation
internal import HTTPTypes
internal import Logging

/// `/users`: the users of the Call Bridge, who may log in through it. To read them is as on a Cisco Meeting Server, which
/// takes them from LDAP; to change them is ours.
struct UsersResource: APIResource {
    /// The name of one user's document.
    static let root = "user"

    private let store: Store
    private let cost: PasswordHash.Cost
    private let newID: @Sendable () -> String
    private let logger: Logger
    /// For changes with a password.
    private let hashing = HashingQueue()
    /// For the others, which are done at once.
    private let changes = DispatchQueue(label: "users")

    /// - Parameters:
    ///   - cost: of a new password's hash; for tests.
    ///   - newID: makes a GUID for a new user; for tests.
    init(
        store: Store, cost: PasswordHash.Cost = .standard,
        newID: @escaping @Sendable () -> String = { UUID().uuidString.lowercased() }, logger: Logger
    ) {
        self.store = store
        self.cost = cost
        self.newID = newID
        self.logger = logger
    }

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        switch (request.route, request.http.method) {
        case (.user(let id), .put): try change(id, request)
        case (.user(let id), .delete): try remove(id, request)
        case (.user(let id), _): read(id, request)
        case (_, .post): try add(request)
        default: try list(request)
        }
        return nil
    }

    // MARK: Reading

    private func list(_ request: APIRequest) throws(APIFailure) {
        let page = try Page(query: request.http.query)
        let filter = try filter(request.http.query)
        store.readBridgeUsers(page, filter: filter) { result in
            switch result {
            case .success(let (total, users)):
                request.responder.respond(
                    request.success(Document("users", item: Self.root, users.map { Document.Row($0) }, total: total)))
            case .failure: request.responder.respond(request.failure(.databaseNotReady))
            }
        }
    }

    private func read(_ id: String, _ request: APIRequest) {
        store.readBridgeUser(id: id) { result in
            switch result {
            case .success(let user?):
                request.responder.respond(request.success(Document(Self.root, Document.Row(user))))
            case .success(nil): request.responder.respond(request.failure(.unrecognisedObject))
            case .failure: request.responder.respond(request.failure(.databaseNotReady))
            }
        }
    }

    /// The text that users are to have in their JID or name; other parameters of the query are none of its business.
    private func filter(_ query: String?) throws(APIFailure) -> String {
        let pairs = FormBody(Array((query ?? "").utf8)).pairs.filter { $0.name == "filter" }
        guard let pair = pairs.first else { return "" }
        if pairs.count == 1, let filter = pair.value { return filter }
        let error =
            pairs.count > 1
            ? ParameterError(parameter: pair.name, .duplicateParameter, "filter is given more than once.")
            : ParameterError(parameter: pair.name, .invalidValue, "The value is not properly encoded.")
        throw .parameters(ParameterErrors([error]))
    }

    // MARK: Changing

    private func add(_ request: APIRequest) throws(APIFailure) {
        let user = try parameters(request, isNew: true)
        guard let jid = user.userJid, let password = user.password else { return }
        try make(request, hashes: true) { [store, cost, newID, logger] requester in
            let id = newID()
            try store.addBridgeUser(
                jid, name: user.name ?? "", password: password, id: id, cost: cost, by: requester)
            logger.notice("\(AuditLine.createdUser(jid.description, by: requester))")
            return HTTPServerResponse(status: .ok, headerFields: [.location: "/api/v1/users/\(id)"])
        }
    }

    private func change(_ id: String, _ request: APIRequest) throws(APIFailure) {
        let change = try parameters(request, isNew: false)
        try make(request, hashes: change.password != nil) { [store, cost, logger] requester in
            let (old, changed) = try store.changeBridgeUser(.id(id), change, cost: cost, by: requester)
            if !changed.isEmpty {
                logger.notice("\(AuditLine.modifiedUser(old.userJid, changed.map(\.rawValue), by: requester))")
            }
            return HTTPServerResponse(status: .ok)
        }
    }

    private func remove(_ id: String, _ request: APIRequest) throws(APIFailure) {
        try make(request, hashes: false) { [store, logger] requester in
            let user = try store.removeBridgeUser(.id(id), by: requester)
            logger.notice("\(AuditLine.deletedUser(user.userJid, by: requester))")
            return HTTPServerResponse(status: .ok)
        }
    }

    private func parameters(_ request: APIRequest, isNew: Bool) throws(APIFailure) -> BridgeUserChange {
        let pairs = try RequestBody.parameters(of: request.http, root: Self.root)
        switch BridgeUserParameters.change(from: pairs, isNew: isNew) {
        case .success(let change): return change
        case .failure(let errors): throw .parameters(errors)
        }
    }

    /// Makes a change where it may take its time, and answers when it is on disk.
    private func make(
        _ request: APIRequest, hashes: Bool, _ change: @escaping @Sendable (Requester) throws -> HTTPServerResponse
    ) throws(APIFailure) {
        let requester = Requester(request)
        let work: @Sendable () -> Void = {
            do {
                request.responder.respond(try change(requester))
            } catch {
                request.responder.respond(request.failure(failure(error, request)))
            }
        }
        if !hashes {
            changes.async(execute: work)
        } else if !hashing.add(work) {
            throw .unavailable
        }
    }

    private func failure(_ error: any Error, _ request: APIRequest) -> APIFailure {
        switch (error as? UserError)?.code {
        case .exists: return .parameters(BridgeUserParameters.taken)
        case .unknown: return .unrecognisedObject
        default:
            logger.error(
                "users could not be stored",
                metadata: [
                    LogKey.error: "\((error as? StoreError)?.description ?? StoreError.words(for: error))",
                    LogKey.requestID: "\(request.http.id)",
                ])
            return .databaseNotReady
        }
    }
}

extension Document.Row {
    /// A user, with what there is to read.
    init(_ user: BridgeUser) {
        self.init(id: user.id, fields: [.init("userJid", .text(user.userJid)), .init("name", .text(user.name))])
    }
}
