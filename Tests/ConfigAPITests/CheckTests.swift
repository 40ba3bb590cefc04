import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// `…/check` and `…/reconnect`.
@Suite struct CheckTests {
    private let harness: APIHarness
    private let path = "/api/v1/configuration/xmpp/check"

    init() throws {
        harness = try APIHarness()
    }

    private func store(_ body: String) async throws {
        #expect(try await harness.ask("PUT", "/api/v1/configuration/xmpp", body: body).status == 200)
    }

    @Test func `a check takes what is stored, with what the body names, and stores nothing`() async throws {
        try await store("uniqueName=cb1&domain=example.test&sharedSecret=old")
        harness.bridge.answerChecks(with: .success(.sample(revision: nil)))
        let answer = try await harness.ask("POST", path, body: "sharedSecret=new&serverAddressOverride=xmpp:5223")
        #expect(answer.status == 200)
        #expect(
            answer.body.hasPrefix(
                #"<?xml version="1.0"?><xmppCheck><register>true</register><startedAt>2026-11-23T04:20:11.532Z</startedAt>"#
            ))
        let check = try #require(harness.bridge.checks.first)
        #expect(check.settings.uniqueName == "cb1")
        #expect(check.settings.sharedSecret == Secret("new"))
        #expect(check.settings.serverAddressOverride?.description == "xmpp:5223")
        #expect(check.registers)
        #expect(harness.store.configuration.revision == 1)
        #expect(harness.store.configuration.sharedSecret == Secret("old"))
        #expect(harness.bridge.applied.count == 1)
    }

    @Test(
        arguments: [
            (.connected, "", false), (.connected, "?register=true", true), (.connected, "?register=false", false),
            (.waiting, "", true), (.waiting, "?register=false", false),
        ] as [(BridgeStatus.State, String, Bool)])
    func `a check does not register while there is a connection, unless it is told to`(
        state: BridgeStatus.State, query: String, registers: Bool
    ) async throws {
        harness.bridge.status.state = state
        harness.bridge.answerChecks(with: .success(.sample(revision: nil)))
        let answer = try await harness.ask(
            "POST", path + query, [("Accept", "application/json")],
            body: "uniqueName=cb1&domain=example.test&sharedSecret=s")
        #expect(answer.status == 200)
        #expect(answer.body.hasPrefix(#"{"register":\#(registers),"#))
        #expect(harness.bridge.checks.map(\.registers) == [registers])
    }

    @Test func `what is missing is named`() async throws {
        try await store("domain=example.test")
        let answer = try await harness.ask("POST", path)
        #expect(answer.status == 400)
        #expect(
            answer.body
                == #"<?xml version="1.0"?><failureDetails><parameterError parameter="uniqueName" "#
                + #"error="missingParameter" /><parameterError parameter="sharedSecret" error="missingParameter" />"#
                + "</failureDetails>")
        #expect(harness.bridge.checks.isEmpty)
    }

    @Test(
        arguments: [
            ("", "domain=a b", "domain"), ("?register=yes", "", "register"), ("?registre=true", "", "registre"),
            ("", "register=true", "register"),
        ])
    func `wrong input is named`(query: String, body: String, parameter: String) async throws {
        try await store("uniqueName=cb1&domain=example.test&sharedSecret=s")
        let answer = try await harness.ask("POST", path + query, body: body)
        #expect(answer.status == 400)
        #expect(answer.body.contains("parameter=\"\(parameter)\""))
        #expect(harness.bridge.checks.isEmpty)
    }

    @Test(arguments: [Bridge.CheckError.tooMany, .stopped])
    func `where no check can be made it is a 503`(error: Bridge.CheckError) async throws {
        harness.bridge.answerChecks(with: .failure(error))
        let answer = try await harness.ask("POST", path, body: "uniqueName=cb1&domain=example.test&sharedSecret=s")
        #expect(answer.status == 503)
        #expect(answer.header("Retry-After") == "1")
    }

    @Test func `a reader may not check, nor reconnect`() async throws {
        #expect(try await harness.ask("POST", path, user: "reader").status == 403)
        let reconnect = "/api/v1/configuration/xmpp/reconnect"
        #expect(try await harness.ask("POST", reconnect, user: "reader").status == 403)
        #expect(try await harness.ask("PUT", reconnect).status == 405)
        #expect(harness.bridge.reconnects == 0)
    }

    @Test func `a reconnect is passed on`() async throws {
        let answer = try await harness.ask("POST", "/api/v1/system/configuration/xmpp/reconnect", user: "api")
        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
        #expect(harness.bridge.reconnects == 1)
    }

    @Test func `without a configuration there is nothing to reconnect`() async throws {
        harness.bridge.status.missing = [.domain, .sharedSecret]
        let answer = try await harness.ask(
            "POST", "/api/v1/configuration/xmpp/reconnect", [("Accept", "application/json")])
        #expect(answer.status == 409)
        #expect(answer.body.contains("There is nothing to connect with: domain, sharedSecret not set."))
        #expect(harness.bridge.reconnects == 0)
    }
}
