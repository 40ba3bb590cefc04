import ArgumentParser
import ConfigAPI
import Foundation
import TestSupport
import Testing

@testable import api_server

/// The options about logins, and the login policy of a running server.
@Suite struct LoginOptionTests {
    private static let path = APIServerProcess.configurationPath + "/login"

    private func policy(_ server: APIServerProcess) throws -> String {
        try server.client().request("GET", Self.path, headers: [("Accept", "application/json")]).text
    }

    private func check(_ server: APIServerProcess, _ client: HTTPClient, host: String) throws -> String {
        let body = #"{"username":"nobody","host":"\#(host)","password":"s3cret"}"#
        return try client.request(
            "POST", Self.path + "/check",
            headers: [("Content-Type", "application/json"), ("Accept", "application/json")], body: Array(body.utf8)
        ).text
    }

    @Test func `options are read as the API reads them`() throws {
        let command = try ServeCommand.parse([
            "--login-mode", "http", "--login-url", "https://login.example.test/x", "--login-host", "Example.TEST.",
            "--login-host", "bücher.example", "--login-attempts", "0",
        ])
        #expect(
            try command.options.logins.policy()
                == LoginPolicy(
                    mode: .http, url: "https://login.example.test/x", hosts: ["example.test", "xn--bcher-kva.example"]))
        #expect(command.options.logins.attempts == 0)
        #expect(command.options.logins.hasPolicy)
        let standard = try ServeCommand.parse([])
        #expect(try standard.options.logins.policy() == LoginPolicy())
        #expect(standard.options.logins.attempts == 10)
        #expect(!standard.options.logins.hasPolicy)
    }

    @Test func `they count until a policy is set over the API, which then counts alone`() throws {
        let notUsed = "--login-mode, --login-url and --login-host are not used"
        let server = try APIServerProcess(
            .init(
                further: ["--login-host", "Login.Example.Test.", "--login-ca-file", try TestPKI.shared().authority],
                environment: ["API_SERVER_LOGIN_MODE": "users"]))
        #expect(try policy(server) == #"{"mode":"users","url":"","hosts":"login.example.test"}"#)
        let client = server.client()
        let reply = try client.request("PUT", Self.path, body: Array("hosts=&url=https://a.test/".utf8))
        #expect(reply.status == 200)
        #expect(try policy(server) == #"{"mode":"users","url":"https://a.test/","hosts":""}"#)
        try server.stop()
        #expect(!server.log.contains(notUsed))
        try server.restart()
        #expect(try policy(server) == #"{"mode":"users","url":"https://a.test/","hosts":""}"#)
        try server.stop()
        #expect(server.log.contains(notUsed))
        #expect(server.log.contains(#"API user "admin" modified XMPP login configuration (url, hosts)"#))
    }

    @Test func `a user of the role login may check logins, and the password is seen nowhere`() throws {
        let server = try APIServerProcess(.init(further: ["--login-mode", "users"]))
        let scratch = try ScratchDirectory("login")
        let run = try APIServerRun(
            ["user", "add", "door", "--role", "login", "--password-file", "-", "--database", server.databasePath],
            input: "right", in: scratch)
        try #require(run == .silent)
        let door = server.client(of: "door", password: "right")
        #expect(try check(server, door, host: "example.test") == #"{"result":"refused","reason":"hostNotAllowed"}"#)
        #expect(try server.put(["domain": "example.test"]).status == 200)
        #expect(try check(server, door, host: "example.test") == #"{"result":"refused","reason":"notAuthorized"}"#)
        #expect(try check(server, door, host: "x.example.com") == #"{"result":"refused","reason":"hostNotAllowed"}"#)
        for path in [Self.path, APIServerProcess.configurationPath, "/api/v1/events"] {
            #expect(try door.request("GET", path).status == 403)
        }
        #expect(try door.request("PUT", Self.path, body: Array("mode=guests".utf8)).status == 403)
        try server.stop()
        #expect(!server.log.contains("s3cret"))
        #expect(server.log.contains("/api/v1/configuration/xmpp/login/check"))
    }
}
