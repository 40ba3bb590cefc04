import Dispatch
import Foundation
import GRDB
import HTTPTypes
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// What `/users` does besides its answers.
@Suite struct UsersResourceTests {
    private static let cheap = PasswordHash.Cost(logN: 4, r: 8, p: 1)

    private let directory: ScratchDirectory
    private let store: Store
    private let lines = NIOLockedValueBox<[String]>([])
    private let responder = NotedResponder()
    /// Whoever makes an id waits for it.
    private let gate = DispatchSemaphore(value: 0)
    private let resource: UsersResource

    init() throws {
        directory = try ScratchDirectory()
        store = try Store(path: directory.file("store.sqlite"))
        resource = UsersResource(
            store: store, cost: Self.cheap,
            newID: { [gate] in
                gate.wait()
                return UUID().uuidString.lowercased()
            }, logger: Logger(label: "test") { [lines] _ in NotedLines(lines: lines) })
    }

    private func request(_ method: HTTPRequest.Method, _ target: String = "", body: String = "") throws -> APIRequest {
        let http = HTTPServerRequest(
            method: method, target: "/api/v1/users" + target, headerFields: [:], body: Array(body.utf8),
            remoteAddress: "192.0.2.7", isSecure: false)
        return APIRequest(
            http: http, route: try Route.find(http.path), userName: "admin", representation: .json, responder: responder
        )
    }

    /// Sends a request and waits until there is one more answer.
    private func ask(
        _ method: HTTPRequest.Method, _ target: String = "", body: String = ""
    ) async throws -> HTTPServerResponse {
        let before = responder.answers.value.responses.count
        let request = try request(method, target, body: body)
        do throws(APIFailure) {
            if let response = try resource.answer(request) { return response }
        } catch {
            return request.failure(error)
        }
        let answers = try await responder.answers.wait { $0.responses.count > before }
        return answers.responses[before]
    }

    private func id(_ response: HTTPServerResponse) throws -> String {
        let location = try #require(response.headerFields[.location])
        #expect(location.hasPrefix("/api/v1/users/"))
        return "/" + location.dropFirst("/api/v1/users/".count)
    }

    @Test func `a change leaves a line that names fields and no values`() async throws {
        gate.signal()
        let id = try id(await ask(.post, body: "userJid=Alice@example.test&name=Alice&password=tell-no-one"))
        #expect(try await ask(.put, id, body: "name=Bob&password=tell-no-one").status == .ok)
        #expect(try await ask(.put, id, body: "name=Bob").status == .ok)
        #expect(try await ask(.put, id, body: "userJid=bob@example.test").status == .ok)
        #expect(try await ask(.delete, id).status == .ok)
        #expect(try await ask(.delete, id).status == .notFound)
        #expect(
            lines.withLockedValue { $0 } == [
                #"192.0.2.7: API user "admin" created user "alice@example.test""#,
                #"192.0.2.7: API user "admin" modified user "alice@example.test" (name, password)"#,
                #"192.0.2.7: API user "admin" modified user "alice@example.test" (userJid)"#,
                #"192.0.2.7: API user "admin" deleted user "bob@example.test""#,
            ])
    }

    @Test func `sixteen wait for a hash, the next is told at once, and nobody else waits`() async throws {
        try store.addBridgeUser("eve@example.test", password: Secret("pw"))
        let eve = "/" + (try #require(try store.bridgeUsers().first)).id
        for number in 0..<17 {
            #expect(try resource.answer(request(.post, body: "userJid=u\(number)@x&password=p")) == nil)
        }
        for _ in 0..<2 {
            let busy = try await ask(.post, body: "userJid=one-too-many@x&password=p")
            #expect(busy.status == .serviceUnavailable)
            #expect(busy.headerFields[.retryAfter] == "1")
            #expect(try await ask(.put, eve, body: "password=other").status == .serviceUnavailable)
        }
        // None of these needs a hash.
        #expect(try await ask(.get).status == .ok)
        #expect(try await ask(.put, eve, body: "name=Eve").status == .ok)
        #expect(try await ask(.delete, eve).status == .ok)
        #expect(responder.answers.value.responses.count == 3)
        for _ in 0..<17 { gate.signal() }
        let answers = try await responder.answers.wait { $0.responses.count == 20 }
        #expect(answers.responses.allSatisfy { $0.status == .ok })
        #expect(try store.bridgeUsers().count == 17)
        gate.signal()
        #expect(try await ask(.post, body: "userJid=one-too-many@x&password=p").status == .ok)
    }

    @Test func `no password and no hash is in an answer, a line or an event`() async throws {
        for _ in 0..<2 { gate.signal() }
        let id = try id(await ask(.post, body: "userJid=a@x&name=A&password=tell-no-one"))
        _ = try await ask(.post, body: "userJid=a@x&password=tell-no-one")
        _ = try await ask(.post, body: "userJid=tell-no-one&password=tell-no-one&tell-no-one=1&tell-no-one")
        _ = try await ask(.post, body: "password=tell-no-one&password=tell-no-one")
        _ = try await ask(.post, body: "userJid=b@x&password=tell-no-one%0A")
        _ = try await ask(.put, id, body: "password=tell-no-one")
        _ = try await ask(.put, id, body: "password=tell-no-one%0")
        _ = try await ask(.get, id)
        _ = try await ask(.get)
        try await store.database.write {
            try $0.execute(sql: "ALTER TABLE bridgeUser RENAME COLUMN passwordHash TO other")
        }
        #expect(try await ask(.put, id, body: "password=tell-no-one").status == .serviceUnavailable)
        let events = try await store.database.read { try EventRow.page(Page(query: nil), in: $0) }
        #expect(events.count == 2)
        let answers = responder.answers.value.responses
        var seen = answers.map { String(decoding: $0.body, as: UTF8.self) + "\($0.headerFields)" }
        seen += lines.withLockedValue { $0 } + events.map { "\($0)" }
        for text in seen {
            for secret in ["tell-no-one", "scrypt"] { #expect(!text.contains(secret)) }
        }
    }

    @Test func `what is wrong is told in a sentence`() async throws {
        func details(_ body: String) async throws -> [String] {
            struct Problem: Decodable {
                struct Failure: Decodable {
                    let parameter: String
                    let error: String
                    let detail: String
                }

                let errors: [Failure]
            }
            let response = try await ask(.post, body: body)
            #expect(response.status == .badRequest)
            return try JSONDecoder().decode(Problem.self, from: Data(response.body)).errors.map {
                "\($0.parameter) \($0.error): \($0.detail)"
            }
        }
        #expect(
            try await details("userJid=alice&name=%0A&password=") == [
                "userJid invalidValue: A user's JID is name@host, as in alice@example.com.",
                "name invalidValue: A name can't hold control characters or line ends.",
                "password invalidValue: A password can't be empty.",
            ])
        #expect(
            try await details("name=%FF&x=1") == [
                "userJid missingParameter: A new user needs a userJid.",
                "name invalidValue: The value is not properly encoded, or is no text.",
                "password missingParameter: A new user needs a password.",
                "x unknownParameter: There is no parameter of this name.",
            ])
        try store.addBridgeUser("alice@example.test", password: Secret("pw"))
        gate.signal()
        #expect(
            try await details("userJid=Alice@example.test&password=p") == [
                "userJid alreadyExists: There is a user with this JID already."
            ])
    }

    @Test func `a database that can't be used is a 503, and the next write counts again`() async throws {
        try await store.database.write { try $0.execute(sql: "ALTER TABLE bridgeUser RENAME TO gone") }
        gate.signal()
        let requests: [(HTTPRequest.Method, String, String)] = [
            (.get, "", ""), (.get, "/x", ""), (.post, "", "userJid=a@x&password=p"), (.put, "/x", "name=a"),
            (.put, "/x", "password=p"), (.delete, "/x", ""),
        ]
        for (method, target, body) in requests {
            let response = try await ask(method, target, body: body)
            #expect(response.status == .serviceUnavailable, "\(method) \(target)")
            #expect(response.headerFields[.retryAfter] == "1")
            #expect(String(decoding: response.body, as: UTF8.self).contains("databaseNotReady"))
        }
        #expect(lines.withLockedValue { $0 } == Array(repeating: "users could not be stored", count: 4))
        #expect(store.writes.counts.hasFailed)
        try await store.database.write { try $0.execute(sql: "ALTER TABLE gone RENAME TO bridgeUser") }
        gate.signal()
        #expect(try await ask(.post, body: "userJid=a@x&password=p").status == .ok)
    }
}
