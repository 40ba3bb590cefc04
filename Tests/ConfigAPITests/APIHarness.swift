import Foundation
import HTTPTypes
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// The API on a store of its own, with a bridge that only notes what it is told.
final class APIHarness: Sendable {
    /// An answer, whichever way it came.
    struct Answer: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: String

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// The ids of new users, so that a table can name them: `…-000000000001` and so on.
    private struct UserIDs {
        private var last = 0

        mutating func next() -> String {
            last += 1
            return APIHarness.userID(last)
        }
    }

    let bridge = NotedBridge()
    let requestMetrics = RequestMetrics()
    let attemptMetrics = AttemptMetrics()
    let gate: LoginGate
    let store: Store
    let attempts: AttemptLog
    let feed: StatusFeed
    let events: EventLog
    let logins: NotedLogins
    /// The checks of logins that were decided.
    let loginReports = WatchedValue<[LoginReport]>([])
    /// What the resources have logged.
    let lines = NIOLockedValueBox<[String]>([])
    let handler: APIHandler
    private let roles: NIOLockedValueBox<[String: Role]> = .init(
        ["admin": .admin, "api": .api, "reader": .readonly, "login": .login])
    private let directory: ScratchDirectory

    /// Users `admin`, `api`, `reader` and `login` of the roles that their names say, each with the password `pw`.
    /// - Parameter initialLogins: who may log in until a policy is stored.
    init(initialLogins: LoginPolicy = LoginPolicy()) throws {
        directory = try ScratchDirectory()
        let store = try Store(path: directory.path + "/store.sqlite")
        self.store = store
        let hash = try PasswordHash(Secret("pw"), cost: .init(logN: 4, r: 8, p: 1))
        let roles = roles
        let logger = Logger(label: "test") { [lines] _ in NotedLines(lines: lines) }
        attempts = try AttemptLog(store, logger: logger)
        feed = StatusFeed(bridge: bridge)
        events = EventLog(store, logger: logger)
        let userIDs = NIOLockedValueBox(UserIDs())
        let loginSettings = LoginSettings(store: store, initial: initialLogins)
        logins = NotedLogins(loginSettings)
        gate = try LoginGate(store: store, settings: loginSettings, logger: logger)
        let writer = ConfigurationWriter(store: store, bridge: bridge, logger: logger)
        handler = APIHandler(
            authenticator: try Authenticator(cost: .init(logN: 4, r: 8, p: 1)) { name in
                roles.withLockedValue { $0[name] }.map { (User(name: name, role: $0), hash) }
            },
            resources: APIResources(
                configuration: ConfigurationResource(store: store, writer: writer),
                status: ConnectionStatusResource(bridge: bridge, feed: feed),
                check: CheckResource(store: store, bridge: bridge),
                reconnect: ReconnectResource(bridge: bridge, events: events),
                attempts: AttemptsResource(log: attempts),
                login: LoginResource(settings: loginSettings, store: store, logger: logger),
                loginCheck: LoginCheckResource(logins: logins, store: store) {
                    [events, gate, loginReports] report, requester in
                    loginReports.update { $0.append(report) }
                    gate.metrics.count(report, at: .api)
                    events.note(report, askedBy: requester)
                },
                users: UsersResource(
                    store: store, cost: .init(logN: 4, r: 8, p: 1), newID: { userIDs.withLockedValue { $0.next() } },
                    logger: logger),
                systemStatus: SystemStatusResource(hostID: store.hostID, emulatedVersion: "2.9"),
                alarms: AlarmsResource(bridge: bridge), events: EventsResource(log: events),
                readiness: ReadinessResource(
                    store: StoreCheck { store.checkUsability(completion: $0) }, bridge: bridge),
                metrics: MetricsResource(
                    MetricsReport(
                        requests: requestMetrics, attempts: attemptMetrics, logins: gate.metrics, bridge: bridge,
                        writes: store.writes, version: "test", emulatedVersion: "2.9", load: { HTTPServerLoad() })),
                configurationPage: ConfigurationPageResource(store: store, bridge: bridge, writer: writer),
                checkPage: CheckPageResource(store: store, bridge: bridge),
                statusPage: StatusPageResource(bridge: bridge, attempts: attempts, events: events)),
            metrics: requestMetrics, serverName: "Callbridge/test", logger: logger)
    }

    /// Asks the handler itself, without a server.
    func ask(
        _ method: String, _ target: String, _ headers: [(name: String, value: String)] = [], body: String = "",
        user: String? = "admin"
    ) async throws -> Answer {
        let request = try request(method, target, headers, body: body, user: user)
        let response = await withCheckedContinuation { continuation in
            if let now = handler.answer(request, ContinuationResponder(continuation)) {
                continuation.resume(returning: now)
            }
        }
        return Answer(
            status: response.status.code,
            headers: response.headerFields.map { (name: $0.name.rawName, value: $0.value) },
            body: String(decoding: response.body, as: UTF8.self))
    }

    /// A request as the server hands it on.
    func request(
        _ method: String, _ target: String, _ headers: [(name: String, value: String)] = [], body: String = "",
        user: String?
    ) throws -> HTTPServerRequest {
        var fields = HTTPFields()
        for header in headers + Self.credentials(user) {
            fields[try #require(HTTPField.Name(header.name))] = header.value
        }
        return HTTPServerRequest(
            method: try #require(HTTPRequest.Method(method)), target: target, headerFields: fields,
            body: Array(body.utf8), remoteAddress: "192.0.2.7", isSecure: false, id: "id-1")
    }

    /// Gives a user another role, as another process would.
    func setRole(_ role: Role, of name: String) {
        roles.withLockedValue { $0[name] = role }
        handler.authenticator.forgetAll()
    }

    /// Takes a user away, as another process would.
    func removeUser(_ name: String) {
        roles.withLockedValue { $0[name] = nil }
        handler.authenticator.forgetAll()
    }

    /// The id of the user who was added as the `number`th.
    static func userID(_ number: Int) -> String {
        let digits = String(number)
        return "5e1ec7ed-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// The field line for a user, whose password is always `pw`.
    static func credentials(_ user: String?) -> [(name: String, value: String)] {
        user.map { [HTTPClient.basicCredentials(user: $0, password: "pw")] } ?? []
    }
}
