import Foundation
import TestSupport
import Testing

/// `api-server config show`.
@Suite struct ConfigCommandTests {
    private struct Report: Decodable {
        struct Option: Decodable, Equatable {
            let name: String
            var values: [String]?
            var `default`: String?
            let source: String
            var variable: String?
            var file: String?
            var line: Int?
        }

        struct Unknown: Decodable, Equatable {
            let name: String
            var nearest: String?
        }

        let file: String?
        let options: [Option]
        let unknownVariables: [Unknown]

        func option(_ name: String) -> Option? { options.first { $0.name == name } }
    }

    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("config")
        try scratch.write("threads: 3\nlogin-host:\n- a.test\n- b.test\nlog-format: json\n", to: "f.yaml")
    }

    private func show(_ arguments: [String], environment: [String: String] = [:]) throws -> APIServerRun {
        try APIServerRun(["config", "show"] + arguments, environment: environment, in: scratch)
    }

    @Test func `each option is shown with its value and where it comes from`() throws {
        let run = try show(
            ["--json", "--config", "@/f.yaml", "--database", "x", "--no-allow-insecure-http", "--listen=127.0.0.1:1"],
            environment: ["API_SERVER_LOG_FORMAT": "text", "API_SERVER_DNS_SERVER": "127.0.0.1, ::1"])
        #expect(run.exit == .code(0), "\(run.output)")
        let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
        #expect(report.file == scratch.file("f.yaml"))
        #expect(report.option("database") == .init(name: "database", values: ["x"], source: "option"))
        #expect(
            report.option("allow-insecure-http")
                == .init(name: "allow-insecure-http", values: ["false"], source: "option"))
        #expect(report.option("listen") == .init(name: "listen", values: ["127.0.0.1:1"], source: "option"))
        #expect(
            report.option("log-format")
                == .init(
                    name: "log-format", values: ["text"], source: "environment", variable: "API_SERVER_LOG_FORMAT"))
        #expect(
            report.option("dns-server")
                == .init(
                    name: "dns-server", values: ["127.0.0.1", "::1"], source: "environment",
                    variable: "API_SERVER_DNS_SERVER"))
        #expect(
            report.option("threads")
                == .init(name: "threads", values: ["3"], source: "file", file: scratch.file("f.yaml"), line: 1))
        #expect(
            report.option("login-host")
                == .init(
                    name: "login-host", values: ["a.test", "b.test"], source: "file", file: scratch.file("f.yaml"),
                    line: 2))
        #expect(report.option("xmpp-verify") == .init(name: "xmpp-verify", default: "full", source: "default"))
        #expect(report.option("tcp-timeout") == .init(name: "tcp-timeout", default: "10", source: "default"))
        #expect(report.option("xmpp-key") == .init(name: "xmpp-key", default: "none", source: "default"))
        #expect(report.option("config") == nil)
    }

    @Test func `people get a table`() throws {
        let run = try show(["--config=@/f.yaml"], environment: ["API_SERVER_THREADS": "5"])
        #expect(run.exit == .code(0))
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines[0] == "configuration file: \(scratch.file("f.yaml"))")
        #expect(lines[1] == "OPTION SOURCE VALUE")
        #expect(lines.contains("threads API_SERVER_THREADS 5"))
        #expect(lines.contains("login-host file, line 2 a.test, b.test"))
        #expect(lines.contains("tcp-timeout default (10)"))
        #expect(try show(["--config", "/dev/null"]).output.hasPrefix("configuration file: /dev/null\n"))
    }

    @Test func `a variable that nothing has is told`() throws {
        let environment = ["API_SERVER_LOGLEVEL": "debug", "API_SERVER_X": ""]
        let run = try show(["--config=/dev/null"], environment: environment)
        #expect(
            run.output.hasSuffix(
                "\n\nunknown variable: API_SERVER_LOGLEVEL, perhaps API_SERVER_LOG_LEVEL was meant\n"
                    + "unknown variable: API_SERVER_X\n"), "\(run.output)")
        let json = try show(["--config=/dev/null", "--json"], environment: environment)
        #expect(
            try JSONDecoder().decode(Report.self, from: Data(json.output.utf8)).unknownVariables == [
                .init(name: "API_SERVER_LOGLEVEL", nearest: "API_SERVER_LOG_LEVEL"), .init(name: "API_SERVER_X"),
            ])
    }

    @Test func `what serve refuses is refused, after it was shown where it comes from`() throws {
        let run = try show(
            ["--login-mode", "http"], environment: ["API_SERVER_LOGIN_URL": "https://u:s3cret@login.example.test/"])
        #expect(run.exit == .code(64))
        #expect(run.output.hasSuffix("api-server: --login-url: The URL can't hold a user or a password.\n"))
        #expect(run.output.contains("login-url") && run.output.contains("API_SERVER_LOGIN_URL"))
        #expect(run.output.contains("<hidden>") && !run.output.contains("s3cret"))
        #expect(try show(["--threads", "0"]).exit == .code(64))
    }
}
