import HTTPTypes
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// `…/login` and `…/login/check` beside what is on the wire: who is told, who is asked, and what is kept secret.
@Suite struct LoginCheckTests {
    private let harness: APIHarness
    private let path = "/api/v1/configuration/xmpp/login/check"

    init() throws {
        harness = try APIHarness()
    }

    private func setDomain() async throws {
        #expect(try await harness.ask("PUT", "/api/v1/configuration/xmpp", body: "domain=example.test").status == 200)
    }

    @Test func `a change leaves a line, one that changes nothing leaves none`() async throws {
        let harness = try APIHarness(initialLogins: LoginPolicy(mode: .users))
        for body in ["mode=users", "mode=guests&hosts=a.test", "hosts=b.test", "hosts=b.test"] {
            #expect(try await harness.ask("PUT", "/api/v1/configuration/xmpp/login", body: body).status == 200)
        }
        #expect(
            harness.lines.withLockedValue { $0.filter { $0.contains("API user") } } == [
                // For the first time, so that it is stored.
                #"192.0.2.7: API user "admin" modified XMPP login configuration (mode)"#,
                #"192.0.2.7: API user "admin" modified XMPP login configuration (mode, hosts)"#,
                #"192.0.2.7: API user "admin" modified XMPP login configuration (hosts)"#,
            ])
    }

    @Test func `what the server was started with is told, and changed by name`() async throws {
        let harness = try APIHarness(initialLogins: LoginPolicy(mode: .http, url: "https://a.test/", hosts: ["a.test"]))
        let path = "/api/v1/configuration/xmpp/login"
        let read = try await harness.ask("GET", path, [("Accept", "application/json")], user: "reader")
        #expect(read.body == #"{"mode":"http","url":"https://a.test/","hosts":"a.test"}"#)
        #expect(read.header("ETag") == "\"0-json\"")
        #expect(try await harness.ask("PUT", path, body: "mode=users").header("ETag") == "\"1-xml\"")
        let changed = try await harness.ask("GET", path, [("Accept", "application/json")])
        #expect(changed.body == #"{"mode":"users","url":"https://a.test/","hosts":"a.test"}"#)
    }

    @Test(
        arguments: [
            ("username=Alice&host=login.Example.test.&password=a+b%26c&resource=phone", "phone"),
            ("username=Alice&host=login.example.test&password=a+b%26c&resource=", nil),
            ("username=Alice&host=login.example.test&password=a+b%26c", nil),
        ] as [(String, String?)])
    func `the handler gets the login as it came`(body: String, resource: String?) async throws {
        try await setDomain()
        #expect(try await harness.ask("POST", path, body: body, user: "login").status == 200)
        #expect(
            harness.logins.requests.value == [
                LoginRequest(
                    username: "Alice", host: "login.example.test", resource: resource, password: Secret("a b&c"))
            ])
    }

    @Test(arguments: [
        ("admin", form, "username=accepted&host=example.test&password=s3cret"),
        ("api", form, "username=accepted&host=login.example.test&password="),
        ("login", "application/json", #"{"username":"accepted","host":"example.test","password":"s3cret"}"#),
        (
            "login", "text/xml",
            "<loginCheck><username>accepted</username><host>example.test</host><password>s3cret</password></loginCheck>"
        ),
    ]) func `in each form, under both names`(user: String, type: String, body: String) async throws {
        try await setDomain()
        for path in [path, "/api/v1/system/configuration/xmpp/login/check"] {
            let answer = try await harness.ask("POST", path, [("Content-Type", type)], body: body, user: user)
            #expect(answer.body == WireAnswer.declaration + LoginVerdict.accepted.xml)
        }
        #expect(harness.logins.requests.value.count == 2)
    }

    private static let form = "application/x-www-form-urlencoded"

    @Test func `of the hosts those may ask that are listed`() async throws {
        try await setDomain()
        let policy = try await harness.ask(
            "PUT", "/api/v1/configuration/xmpp/login", body: "hosts=a.b.example.test,example.test")
        #expect(policy.status == 200)
        for (host, mayAsk) in [("a.b.example.test", true), ("example.test", true), ("login.example.test", false)] {
            let answer = try await harness.ask("POST", path, body: "username=accepted&host=\(host)&password=s3cret")
            #expect(answer.body.contains("hostNotAllowed") == !mayAsk, "\(host)")
        }
    }

    @Test func `each decision is reported, without the password`() async throws {
        try await setDomain()
        for (word, verdict) in LoginVerdict.all {
            let answer = try await harness.ask(
                "POST", path, body: "username=\(word)&host=example.test&password=s3cret", user: "login")
            #expect(answer.body == WireAnswer.declaration + verdict.xml)
            #expect(answer.header("Cache-Control") == "no-store")
            #expect(answer.header("ETag") == nil)
            let report = try #require(harness.loginReports.value.last)
            #expect(report.username == word && report.host == "example.test" && report.verdict == verdict)
        }
        #expect(harness.loginReports.value.count == LoginVerdict.all.count)
    }

    @Test func `a host that may not ask is reported, and nobody is asked`() async throws {
        let body = "username=accepted&host=example.test&password=s3cret"
        #expect(try await harness.ask("POST", path, body: body).body.contains("hostNotAllowed"))
        try await setDomain()
        let other = body.replacing("host=example.test", with: "host=x.y.example.test")
        #expect(try await harness.ask("POST", path, body: other).body.contains("hostNotAllowed"))
        #expect(
            harness.loginReports.value.map { "\($0.host) \($0.verdict)" } == [
                "example.test \(LoginVerdict.refused(.hostNotAllowed))",
                "x.y.example.test \(LoginVerdict.refused(.hostNotAllowed))",
            ])
        #expect(harness.logins.requests.value.isEmpty)
    }

    @Test(arguments: [
        "username=a&host=example.test&password=\(hidden)&\(hidden)",
        "username=a&host=example.test&password=x&\(hidden)=\(hidden)",
        "username=a&host=example.test&password=\(hidden)&password=\(hidden)",
        "username=a&host=example.test&password=\(hidden)%zz", "username=a&host=-&password=\(hidden)",
        #"{"username":"a","host":"example.test","password":"\#(hidden)"}"#,
        "username=accepted&host=example.test&password=\(hidden)",
        "username=accepted&host=example.com&password=\(hidden)",
    ]) func `a password is in no answer and in no line`(body: String) async throws {
        try await setDomain()
        for accept in ["application/json", "text/xml"] {
            let answer = try await harness.ask("POST", path, [("Accept", accept)], body: body, user: "login")
            #expect(!answer.body.contains(Self.hidden))
            #expect(!answer.headers.contains { $0.value.contains(Self.hidden) })
        }
        #expect(!harness.lines.withLockedValue { $0 }.contains { $0.contains(Self.hidden) })
        #expect(!"\(harness.loginReports.value)".contains(Self.hidden))
    }

    private static let hidden = "tell0no0one"

    @Test func `who leaves is not reported, and the decision is cancelled`() async throws {
        try await setDomain()
        harness.logins.holds.update { $0 = true }
        let responder = NotedResponder()
        let request = try harness.request(
            "POST", path, body: "username=accepted&host=example.test&password=s3cret", user: "login")
        #expect(harness.handler.answer(request, responder) == nil)
        _ = try await responder.answers.wait { $0.isWatched }
        _ = try await harness.logins.requests.wait { $0.count == 1 }
        responder.leave()
        _ = try await harness.logins.cancelled.wait { $0 == 1 }
        #expect(harness.loginReports.value.isEmpty)
        #expect(responder.answers.value.responses.isEmpty)
    }

    @Test func `who is removed while a login is decided does not hear of it`() async throws {
        try await setDomain()
        harness.logins.holds.update { $0 = true }
        let responder = NotedResponder()
        let request = try harness.request(
            "POST", path, body: "username=accepted&host=example.test&password=s3cret", user: "login")
        #expect(harness.handler.answer(request, responder) == nil)
        _ = try await harness.logins.requests.wait { $0.count == 1 }
        harness.removeUser("login")
        harness.logins.holds.update { $0 = false }
        let answers = try await responder.answers.wait { !$0.responses.isEmpty }
        #expect(answers.responses.map(\.status.code) == [401])
    }
}
