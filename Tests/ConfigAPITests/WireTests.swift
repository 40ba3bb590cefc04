import Foundation
import GRDB
import HTTPTypes
import Logging
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// The contract on the wire: bytes written to a socket, and every byte of what comes back.
@Suite(.blocking) struct WireTests {
    private let harness: APIHarness

    init() throws {
        harness = try APIHarness()
    }

    /// Carries an exchange out; afterwards the connection is closed or takes a further request, and nothing is left on
    /// it.
    private func carryOut(_ exchange: WireExchange, by handler: APIHandler? = nil) async throws {
        let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        let server = try HTTPServer(
            listeners: [.init(socket)], threads: 1, handler: handler ?? harness.handler,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        let result = Result {
            let client = try HTTPRawClient(port: socket.port)
            for step in exchange.steps {
                switch step {
                case .send(let text): _ = client.trySend(Array(text.utf8))
                case .sendBytes(let bytes): try client.send(bytes)
                case .receive(let answer): try expect(answer, from: client)
                case .receiveContinue: #expect(try client.wholeAnswer() == "HTTP/1.1 100 Continue\r\n\r\n")
                }
            }
            if exchange.closes {
                #expect(try client.rest() == "")
            } else {
                try client.send(WireExchange.get("/after", user: nil))
                try expect(.challenge, from: client)
            }
        }
        await server.stop(within: .seconds(5))
        try result.get()
        #expect(harness.store.configuration == exchange.stored)
    }

    private func expect(_ answer: WireAnswer, from client: HTTPRawClient) throws {
        #expect(answer.masked(try client.wholeAnswer(toHead: answer.isBodiless)) == answer.pattern)
    }

    @Test(arguments: WireExchange.resources) func `a resource`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.userResources + WireExchange.userPages)
    func `a resource of users`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.newUsers + WireExchange.userChanges)
    func `a user of the Call Bridge`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.values) func `a parameter's value`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.changes) func `a change`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.logins) func `who may log in`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.loginChecks) func `whether a client may log in`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.bodies) func `a body`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.paths) func `a path`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.credentials) func `a user`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.connections) func `a connection`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.smuggling) func `a head that is refused`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    @Test(arguments: WireExchange.clients) func `a client program`(exchange: WireExchange) async throws {
        try await carryOut(exchange)
    }

    /// A client cuts 38 characters off the front of a failure and 20 off its end, and compares what is left.
    @Test(arguments: [
        (APIFailure.forbidden, "invalidOperation"), (.unrecognisedObject, "unrecognisedObject"),
        (.invalidVersion, "invalidVersion"), (.databaseNotReady, "databaseNotReady"),
        (.methodNotAllowed([.get]), "invalidOperation"),
    ])
    func `the name of a failure stands where a client cuts it out`(failure: APIFailure, name: String) {
        let body = String(decoding: failure.response(in: .xml).body, as: UTF8.self)
        #expect(body.dropFirst(38).dropLast(20) == name)
    }

    /// The lock of another process outlasts the five seconds that the store waits for it.
    @Test func `a database that somebody else holds`() async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: harness.store.path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        try await carryOut(
            WireExchange(
                "held", .send(WireExchange.put("domain=example.com")), .receive(.databaseNotReady(revision: 0)),
                .send(WireExchange.get()), .receive(.configuration())))
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await carryOut(
            WireExchange(
                "free again", WireExchange.put("domain=example.com"), .changed(1),
                stored: WireExchange.stored(domain: "example.com")))
    }

    @Test func `a database that can't be written`() async throws {
        try await harness.store.database.write { try $0.execute(sql: "DROP TABLE configuration") }
        try await carryOut(
            WireExchange("broken", WireExchange.put("domain=example.com"), .databaseNotReady(revision: 0)))
    }

    @Test func `a login policy that can't be written`() async throws {
        try await harness.store.database.write { try $0.execute(sql: "DROP TABLE login") }
        try await carryOut(
            WireExchange(
                "broken", .send(WireExchange.putLogins("mode=users")), .receive(.databaseNotReady(revision: 0)),
                .send(WireExchange.get(WireExchange.loginPath)), .receive(.logins())))
    }

    @Test func `events that can't be read`() async throws {
        try await harness.store.database.write { try $0.execute(sql: "DROP TABLE event") }
        try await carryOut(
            WireExchange(
                "broken", .send(WireExchange.get("/api/v1/events")), .receive(.databaseNotReady(revision: nil)),
                .send(WireExchange.put("domain=example.com")), .receive(.databaseNotReady(revision: 0))))
    }

    @Test func `users that can't be read`() async throws {
        let store = harness.store
        try await store.database.write { try $0.execute(sql: "DROP TABLE apiUser") }
        let handler = APIHandler(
            authenticator: try Authenticator(cost: .init(logN: 4, r: 8, p: 1)) { try store.user($0) },
            resources: harness.handler.resources, metrics: harness.requestMetrics,
            serverName: harness.handler.serverName, logger: harness.handler.logger)
        try await carryOut(WireExchange("broken", WireExchange.get(), .databaseNotReady(revision: nil)), by: handler)
    }
}

extension WireAnswer {
    fileprivate static func databaseNotReady(revision: Int?) -> WireAnswer {
        failure("503 Service Unavailable", "<databaseNotReady />", before: ["Retry-After: 1"], revision: revision)
    }
}
