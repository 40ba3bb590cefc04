import Foundation
import GRDB
import HTTPTypes
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// `/configuration/general` and its Check, as the handler answers them.
@Suite struct ConfigurationPageTests {
    private static let path = "/configuration/general"
    private static let form = [(name: "Content-Type", value: "application/x-www-form-urlencoded")]
    private static let secret = "hush-hush"
    private let harness: APIHarness

    init() throws {
        harness = try APIHarness()
    }

    private func post(_ body: String, to path: String = path, _ headers: [(name: String, value: String)] = [])
        async throws -> APIHarness.Answer
    {
        try await harness.ask("POST", path, Self.form + headers, body: body)
    }

    private func store(_ body: String) async throws {
        #expect(try await harness.ask("PUT", "/api/v1/configuration/xmpp", body: body).status == 200)
    }

    /// A field's element with its hint and error.
    private func field(_ name: String, in answer: APIHarness.Answer) throws -> Substring {
        let begin = try #require(answer.body.range(of: "<div class=\"field\" id=\"field-\(name)\">"))
        return try #require(answer.body[begin.lowerBound...].components(separatedBy: "</div>").first)[...]
    }

    @Test func `the page shows what is stored, and of the secret only that there is one`() async throws {
        #expect(try await harness.ask("GET", Self.path).body.contains("No shared secret is set."))
        try await store("uniqueName=cb1&domain=example.test&serverAddressOverride=xmpp:1&sharedSecret=\(Self.secret)")
        let answer = try await harness.ask("GET", Self.path)
        for (name, value) in [
            ("uniqueName", "cb1"), ("domain", "example.test"), ("serverAddressOverride", "xmpp:1"),
        ] {
            #expect(try field(name, in: answer).contains("name=\"\(name)\" type=\"text\" value=\"\(value)\""))
        }
        for name in ["sharedSecret", "confirmSharedSecret"] {
            #expect(try !field(name, in: answer).contains("value="))
        }
        #expect(answer.body.contains("A shared secret is set."))
        #expect(answer.body.contains("<input type=\"hidden\" name=\"revision\" value=\"1\">"))
        #expect(!answer.body.contains(Self.secret))
    }

    @Test func `who may not write sees it, and can't`() async throws {
        let answer = try await harness.ask("GET", Self.path, user: "reader")
        #expect(answer.status == 200)
        #expect(answer.body.contains("<fieldset aria-labelledby=\"settings-heading\" disabled>"))
        #expect(answer.body.contains("may read the settings, but not change them"))
        #expect(!answer.body.contains("<button"))
    }

    @Test func `Submit stores, tells the bridge and the log, and leads back`() async throws {
        let answer = try await post(
            "revision=0&uniqueName=cb1&domain=example.test&serverAddressOverride=&sharedSecret=\(Self.secret)"
                + "&confirmSharedSecret=\(Self.secret)")
        #expect(answer.status == 303)
        #expect(answer.header("Location") == "/configuration/general?stored=1")
        #expect(answer.header("Cache-Control") == "no-store")
        let applied = try #require(harness.bridge.applied.last)
        #expect(applied.revision == 1)
        #expect(
            applied.settings
                == BridgeSettings(uniqueName: "cb1", domain: "example.test", sharedSecret: Secret(Self.secret)))
        #expect(
            harness.lines.withLockedValue { $0.filter { $0.contains("API user") } } == [
                "192.0.2.7: API user \"admin\" modified XMPP configuration (uniqueName, domain, sharedSecret)"
            ])
        let page = try await harness.ask("GET", "/configuration/general?stored=1")
        #expect(page.body.contains("The settings are stored as revision 1."))
        #expect(!page.body.contains(Self.secret))
        // A link of somebody else says nothing that is not so.
        for query in ["stored=2", "stored=0", "stored=x", "unchanged=0"] {
            #expect(try await !harness.ask("GET", "/configuration/general?\(query)").body.contains("id=\"done\""))
        }
    }

    @Test func `the same again is no change`() async throws {
        try await store("uniqueName=cb1&sharedSecret=\(Self.secret)")
        let answer = try await post("revision=1&uniqueName=cb1&domain=&serverAddressOverride=&sharedSecret=")
        #expect(answer.header("Location") == "/configuration/general?unchanged=1")
        #expect(try await harness.ask("GET", "/configuration/general?unchanged=1").body.contains("Nothing was changed"))
        #expect(harness.bridge.applied.count == 1)
    }

    @Test func `the box clears the secret`() async throws {
        try await store("uniqueName=cb1&sharedSecret=\(Self.secret)")
        #expect(try await post("revision=1&uniqueName=cb1&clearSharedSecret=true").status == 303)
        #expect(harness.store.configuration.sharedSecret == nil)
        #expect(harness.store.configuration.uniqueName == "cb1")
    }

    @Test func `an error stands beside its field, and only secrets have to be typed again`() async throws {
        let answer = try await post(
            "revision=0&uniqueName=cb1&domain=%22%3E%3Cscript%3E&serverAddressOverride=xmpp"
                + "&sharedSecret=\(Self.secret)&confirmSharedSecret=\(Self.secret)2&clearSharedSecret=")
        #expect(answer.status == 400)
        #expect(answer.body.contains("<title>Error: Configuration › General – Callbridge</title>"))
        let domain = try field("domain", in: answer)
        #expect(domain.contains("value=\"&quot;&gt;&lt;script&gt;\""))
        #expect(domain.contains("aria-invalid=\"true\""))
        #expect(domain.contains("id=\"error-domain\">This is not a DNS name"))
        #expect(try field("uniqueName", in: answer).contains("value=\"cb1\""))
        #expect(try !field("uniqueName", in: answer).contains("aria-invalid"))
        #expect(try field("confirmSharedSecret", in: answer).contains("The two secrets differ"))
        #expect(answer.body.contains("<a href=\"#domain\">Domain</a>"))
        #expect(!answer.body.contains("<script>") && !answer.body.contains(Self.secret))
        #expect(harness.store.configuration.revision == 0 && harness.bridge.applied.isEmpty)
    }

    @Test func `values that are wrong together are too`() async throws {
        let name = Array(repeating: String(repeating: "a", count: 60), count: 4).joined(separator: ".")
        let answer = try await post("revision=0&uniqueName=\(name)&domain=a-long-domain.example.test")
        #expect(answer.status == 400)
        #expect(try field("uniqueName", in: answer).contains("is longer than 255 bytes"))
    }

    @Test func `a lost update is shown, and a second Submit decides`() async throws {
        try await store("domain=old.test&sharedSecret=\(Self.secret)")
        try await store("domain=theirs.test")
        let answer = try await post("revision=1&uniqueName=&domain=mine.test&serverAddressOverride=")
        #expect(answer.status == 409)
        #expect(answer.body.contains("<th scope=\"row\">Domain</th><td>mine.test</td><td>theirs.test</td>"))
        #expect(answer.body.contains("name=\"revision\" value=\"2\""))
        #expect(try field("domain", in: answer).contains("value=\"mine.test\""))
        #expect(harness.store.configuration.domain == "theirs.test")
        #expect(try await post("revision=2&domain=mine.test").status == 303)
        #expect(harness.store.configuration.domain == "mine.test")
    }

    @Test func `a database that can't be written is said, and the entries stay`() async throws {
        try await harness.store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
        let answer = try await post(
            "revision=0&domain=mine.test&sharedSecret=\(Self.secret)&confirmSharedSecret=\(Self.secret)")
        #expect(answer.status == 503)
        #expect(answer.header("Retry-After") == "1")
        #expect(
            answer.body.contains("The settings can&#39;t be written at the moment")
                || answer.body.contains("can't be written"))
        #expect(try field("domain", in: answer).contains("value=\"mine.test\""))
        #expect(!answer.body.contains(Self.secret))
        #expect(!harness.lines.withLockedValue { $0 }.joined().contains(Self.secret))
    }

    @Test(arguments: [("application/json", "{}", 415), ("text/plain", "revision=0", 415)])
    func `the page takes a form and nothing else`(type: String, body: String, status: Int) async throws {
        for path in [Self.path, "/configuration/general/check"] {
            let answer = try await harness.ask("POST", path, [("Content-Type", type)], body: body)
            #expect(answer.status == status)
        }
    }

    // MARK: Check

    @Test func `Check takes what is stored and entered, and answers the page`() async throws {
        try await store("uniqueName=cb1&domain=example.test&sharedSecret=\(Self.secret)")
        harness.bridge.answerChecks(with: .success(.sample(revision: nil)))
        let answer = try await post(
            "revision=1&uniqueName=cb1&domain=example.org&serverAddressOverride=", to: "/configuration/general/check")
        #expect(answer.status == 200)
        #expect(
            answer.body.contains(
                "It fails:</span> Registration, <code>notAuthorized</code>: The server &lt;does not&gt; accept it."))
        #expect(try field("domain", in: answer).contains("value=\"example.org\""))
        let check = try #require(harness.bridge.checks.first)
        #expect(check.registers && check.settings.domain == "example.org")
        #expect(check.settings.sharedSecret == Secret(Self.secret))
        #expect(harness.store.configuration.revision == 1)
        #expect(!answer.body.contains(Self.secret))
    }

    @Test func `while connected a check does not register by the name that is connected`() async throws {
        harness.bridge.status.state = .connected
        harness.bridge.status.jid = "cb1.a.test"
        harness.bridge.answerChecks(with: .success(.sample(revision: nil)))
        for name in ["cb1", "cb1.a.test", "cb2"] {
            _ = try await post(
                "revision=0&uniqueName=\(name)&domain=a.test&sharedSecret=s&confirmSharedSecret=s",
                to: "/configuration/general/check")
        }
        #expect(harness.bridge.checks.map(\.registers) == [false, false, true])
    }

    @Test func `what a connection needs is said beside its field`() async throws {
        let answer = try await post("revision=0&uniqueName=cb1&domain=", to: "/configuration/general/check")
        #expect(answer.status == 400)
        for name in ["domain", "sharedSecret"] {
            #expect(try field(name, in: answer).contains("It is needed for a connection."))
        }
        #expect(harness.bridge.checks.isEmpty)
    }

    @Test(arguments: [Bridge.CheckError.tooMany, .stopped])
    func `where no check can be made it is a 503`(error: Bridge.CheckError) async throws {
        harness.bridge.answerChecks(with: .failure(error))
        let answer = try await post(
            "revision=0&uniqueName=cb1&domain=a.test&sharedSecret=s&confirmSharedSecret=s",
            to: "/configuration/general/check")
        #expect(answer.status == 503)
        #expect(answer.body.contains("id=\"check-result\" class=\"summary\" role=\"status\"><span class=\"bad\">"))
    }

    /// Asks as the page's script does.
    private func stream() throws -> NotedResponder {
        let responder = NotedResponder()
        let request = try harness.request(
            "POST", "/configuration/general/check", Self.form + [("Accept", "text/event-stream")],
            body: "revision=0&uniqueName=cb1&domain=a.test&sharedSecret=s&confirmSharedSecret=s", user: "admin")
        #expect(harness.handler.answer(request, responder) == nil)
        return responder
    }

    @Test func `to a script each step is told, and the outcome last`() async throws {
        harness.bridge.answerChecks(with: .success(.sample(revision: nil)), after: [.sample])
        let answers = try await stream().answers.wait { $0.isStreamFinished }
        #expect(answers.responses.map(\.status.code) == [200])
        #expect(answers.responses.first?.headerFields[.contentType] == "text/event-stream")
        #expect(answers.responses.first?.headerFields[.cacheControl] == "no-store")
        let events = answers.stream.components(separatedBy: "\n\n").dropLast()
        #expect(events.count == 2)
        #expect(events.allSatisfy { $0.hasPrefix("event: check\ndata:<section id=\"check\"") })
        #expect(events.allSatisfy { $0.split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("data:") } })
        #expect(events.first?.contains("aria-busy=\"true\"") == true && events.first?.contains("under way") == true)
        #expect(events.last?.contains("aria-busy") == false && events.last?.contains("It fails:") == true)
    }

    @Test func `a check nobody waits for is ended`() async throws {
        harness.bridge.holdsChecks.update { $0 = true }
        harness.bridge.answerChecks(with: .success(.sample(revision: nil)))
        let responder = try stream()
        _ = try await responder.answers.wait { $0.isWatched && !$0.responses.isEmpty }
        responder.leave()
        // Nothing else would end it: the bridge holds all checks that are not cancelled.
        _ = try await responder.answers.wait { $0.isStreamFinished }
    }
}
