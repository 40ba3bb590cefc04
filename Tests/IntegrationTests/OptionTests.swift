import ArgumentParser
import BridgeEngine
import Foundation
import TestSupport
import Testing

@testable import api_server

/// What the options of `serve` do, and the same as environment variables.
@Suite struct OptionTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("options")
    }

    @Test func `each option has a variable, a default and its place in the help`() throws {
        let run = try APIServerRun(["serve", "--help"], in: scratch)
        #expect(run.exit == .code(0))
        let words = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let options = try OptionSources(environment: [:]).options
        for option in options.map({ "--\($0.name)" }) {
            let place = try #require(words.range(of: " \(option)[ /]", options: .regularExpression), "\(option)")
            // A key belongs to its certificate and has no default of its own.
            let next = words[place.upperBound...].prefix(400)
            #expect(next.contains("default: ") || option.hasSuffix("-key"), "\(option)")
        }
        #expect(options.map(\.variable).contains("API_SERVER_LISTEN_HTTP"))
        #expect(!options.map(\.variable).contains("API_SERVER_HELP"))
        #expect(!options.map(\.variable).contains("API_SERVER_NO_ALLOW_INSECURE_HTTP"))
    }

    @Test(arguments: [
        (["serve"], ["DATABASE": "x"], ["serve", "--database=x"]),
        (["serve"], ["DATABASE": ""], ["serve"]),
        (["serve", "--database", "y"], ["DATABASE": "x"], ["serve", "--database", "y"]),
        (["serve", "--database=y"], ["DATABASE": "x"], ["serve", "--database=y"]),
        (
            ["serve", "--threads", "3"], ["LISTEN": "127.0.0.1:1, [::1]:2,"],
            ["serve", "--listen=127.0.0.1:1", "--listen=[::1]:2", "--threads", "3"]
        ),
        (
            ["serve"], ["LOGIN_HOST": "a.test, b.test"], ["serve", "--login-host=a.test", "--login-host=b.test"]
        ),
        (["serve", "--listen=[::1]:3"], ["LISTEN": "127.0.0.1:1"], ["serve", "--listen=[::1]:3"]),
        (["serve"], ["ALLOW_INSECURE_HTTP": "Yes"], ["serve", "--allow-insecure-http"]),
        (["serve"], ["ALLOW_INSECURE_HTTP": "0"], ["serve"]),
        (
            ["serve", "--no-allow-insecure-http"], ["ALLOW_INSECURE_HTTP": "true"],
            ["serve", "--no-allow-insecure-http"]
        ),
        (["user", "list"], ["DATABASE": "x", "LOG_LEVEL": "debug"], ["user", "list", "--database=x"]),
        (["user"], ["DATABASE": "x"], ["user"]),
        (["--version"], ["DATABASE": "x"], ["--version"]),
        (["serve", "--help"], ["LOG_LEVEL": "wrong"], ["serve", "--help"]),
        (["serve"], ["UNKNOWN": "x"], ["serve"]),
    ]) func `a variable stands for an option that is not given`(
        arguments: [String], variables: [String: String], result: [String]
    ) throws {
        let environment = Dictionary(uniqueKeysWithValues: variables.map { (OptionVariables.prefix + $0, $1) })
        #expect(try OptionSources(environment: environment, standardPaths: []).adding(to: arguments) == result)
    }

    @Test func `an unknown variable is told the nearest known one`() throws {
        let unknown = try OptionSources(environment: [
            "API_SERVER_LISTENHTTP": "", "API_SERVER_LOGLEVEL": "", "API_SERVER_LOG_LEVEL": "", "PATH": "/bin",
            "API_SERVER_CONFIG": "",
        ]).unknownVariables
        #expect(unknown.map(\.variable) == ["API_SERVER_LISTENHTTP", "API_SERVER_LOGLEVEL"])
        #expect(unknown.map(\.nearest) == ["API_SERVER_LISTEN_HTTP", "API_SERVER_LOG_LEVEL"])
    }

    @Test(arguments: [
        ("1", 1000), ("10", 10_000), ("0.25", 250), ("0.001", 1), ("1.5", 1500), ("3600", 3_600_000), ("0010", 10_000),
    ]) func `seconds are read to the millisecond`(text: String, milliseconds: Int) throws {
        #expect(try Seconds.parse(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "0", "0.0", "-1", "+1", "1.", ".5", "1.2345", "1,5", " 1", "1s", "3601", "99999999", "٣"])
    func `anything else is no time limit`(text: String) {
        #expect(throws: (any Error).self) { try Seconds.parse(text) }
    }

    @Test func `each time limit reaches the bridge`() throws {
        let command = try ServeCommand.parse([
            "--dns-timeout=1", "--tcp-timeout=2", "--tls-timeout=3", "--stream-timeout=4", "--registration-timeout=5",
            "--attempt-timeout=6.5",
        ])
        var limits = StepLimits()
        limits.dns = .seconds(1)
        limits.tcp = .seconds(2)
        limits.tls = .seconds(3)
        limits.stream = .seconds(4)
        limits.registration = .seconds(5)
        limits.attempt = .milliseconds(6500)
        #expect(command.options.limits.stepLimits == limits)
        #expect(try ServeCommand.parse([]).options.limits.stepLimits == StepLimits())
    }

    @Test func `a time limit counts`() throws {
        // The kernel still takes connections for a frozen process; nobody answers.
        let silent = try APIServerProcess(.init())
        silent.process.freeze()
        let server = try APIServerProcess(.trusting(further: ["--tls-timeout", "0.25"]))
        try server.put([
            "uniqueName": "cb1", "domain": "example.test", "sharedSecret": "x",
            "serverAddressOverride": "localhost:\(silent.port)",
        ])
        let status = try server.waitForStatus { $0.lastFailure != nil }
        #expect(status.lastFailure?.reason == "tlsTimedOut")
        #expect(status.lastFailure?.detail.contains("within 250 ms") == true)
    }

    @Test func `the server can be run by its environment alone`() throws {
        let port = try FreePorts.reserve()
        try scratch.write("right\n", to: "pw")
        let process = try ServerProcess(
            "api-server",
            .init(
                try APIServerProcess.binary(), ["serve"],
                environment: [
                    "API_SERVER_LISTEN_HTTP": "127.0.0.1:\(port),[::1]:\(port)",
                    "API_SERVER_DATABASE": scratch.file("db"), "API_SERVER_ADMIN_PASSWORD_FILE": scratch.file("pw"),
                    "API_SERVER_LOG_FORMAT": "json", "API_SERVER_LOGFORMAT": "text",
                ]), in: scratch)
        try process.waitUntilListening(on: [port])
        let client = HTTPClient(host: "::1", port: port)
        client.defaultHeaders = [HTTPClient.basicCredentials(user: "admin", password: "right")]
        #expect(try client.request("GET", APIServerProcess.configurationPath).status == 200)
        #expect(process.stop() == .code(0))
        #expect(process.log.contains(#""message":"unknown environment variable""#))
        #expect(process.log.contains(#""nearest":"API_SERVER_LOG_FORMAT","variable":"API_SERVER_LOGFORMAT""#))
    }

    @Test func `HTTPS shows the certificate that is given`() throws {
        let pki = try TestPKI.shared()
        let port = try FreePorts.reserve()
        let files = pki.server(.hostOnly)
        let server = try APIServerProcess(
            .init(further: [
                "--listen", "127.0.0.1:\(port)", "--tls-certificate", files.certificate, "--tls-key", files.key,
            ]))
        let seen = try Program.openssl.run(
            [
                "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", pki.authority, "-verify_return_error",
                "-verify_hostname", "xmpp1.example.test",
            ], in: scratch)
        #expect(seen.contains("Verify return code: 0 (ok)"))
        #expect(!FileManager.default.fileExists(atPath: server.databasePath + ".crt"))
    }

    @Test func `a random password is printed once, as soon as it counts`() throws {
        let port = try FreePorts.reserve()
        let process = try ServerProcess(
            "api-server",
            .init(
                try APIServerProcess.binary(),
                ["serve", "--listen-http", "127.0.0.1:\(port)", "--database", scratch.file("db")]), in: scratch)
        try process.waitForLog(containing: "It is shown only this once.")
        let password = try #require(process.log.firstMatch(of: /The password of the user admin is (\w{20})\./)).output.1
        let client = HTTPClient(port: port)
        client.defaultHeaders = [HTTPClient.basicCredentials(user: "admin", password: String(password))]
        #expect(try client.request("GET", APIServerProcess.configurationPath).status == 200)
        #expect(process.stop() == .code(0))
        try process.restart()
        // The sockets listen earlier than the process obeys signals.
        try process.waitForLog(containing: "listening address=")
        #expect(process.stop() == .code(0))
        #expect(process.log.components(separatedBy: String(password)).count == 2)
    }
}
