import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import api_server

/// Options of `serve` in a file: what is read, what goes before it, and what is refused.
@Suite struct ConfigurationFileTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("configuration-file")
    }

    private func run(_ arguments: [String], environment: [String: String] = [:]) throws -> APIServerRun {
        try APIServerRun(arguments, environment: environment, in: scratch)
    }

    private func failed(_ line: String, code: Int32 = 64) -> APIServerRun {
        .failed(line.replacing("@/", with: scratch.path + "/"), code: code)
    }

    @Test(arguments: [
        ("", []),
        ("# nothing\n", []),
        ("---\n...\n", []),
        ("null\n", []),
        ("database: /var/lib/x.sqlite\n", ["--database=/var/lib/x.sqlite"]),
        ("database: ' a b '\nthreads: 3 # cores\n", ["--threads=3", "--database= a b "]),
        ("threads: 007\nemulated-version: 2.10\n", ["--threads=007", "--emulated-version=2.10"]),
        ("threads: ~\ndatabase:\nlog-level: null\n", []),
        ("database: 'null'\n", ["--database=null"]),
        ("listen: 127.0.0.1:1\n", ["--listen=127.0.0.1:1"]),
        ("listen:\n- 127.0.0.1:1\n- '[::1]:2'\n", ["--listen=127.0.0.1:1", "--listen=[::1]:2"]),
        ("listen: []\n", []),
        ("allow-insecure-http: true\n", ["--allow-insecure-http"]),
        ("allow-insecure-http: no\n", []),
        (
            #"{"threads": 3, "listen": ["127.0.0.1:1"], "database": "\u00e9\/\t"}"#,
            [
                "--listen=127.0.0.1:1", "--threads=3", "--database=é/\t",
            ]
        ),
        (
            "{\n\t\"threads\": 3,\n\t\"allow-insecure-http\": true,\n\t\"log-level\": null\n}\n",
            [
                "--allow-insecure-http", "--threads=3",
            ]
        ),
        ("\u{FEFF}threads: 3\r\n", ["--threads=3"]),
    ]) func `a file stands for the options that it names`(text: String, options: [String]) throws {
        let path = try scratch.write(text, to: "api-server.yaml")
        let sources = OptionSources(environment: [:], standardPaths: [])
        #expect(
            try sources.adding(to: ["serve", "--config", path]) == ["serve"] + options + ["--config", path])
    }

    @Test func `an option goes before its variable, and both before the file`() throws {
        let path = try scratch.write(
            "threads: 3\ndatabase: f\nlog-level: debug\nallow-insecure-http: true\nlisten: ['127.0.0.1:1']\n",
            to: "file")
        let sources = OptionSources(
            environment: [
                "API_SERVER_CONFIG": path, "API_SERVER_DATABASE": "e", "API_SERVER_LOG_LEVEL": "trace",
                "API_SERVER_ALLOW_INSECURE_HTTP": "no", "API_SERVER_LISTEN": ",",
            ], standardPaths: [])
        #expect(
            try sources.adding(to: ["serve", "--log-level", "error"]) == [
                "serve", "--config=\(path)", "--listen=127.0.0.1:1", "--threads=3", "--database=e", "--log-level",
                "error",
            ])
        #expect(
            try sources.adding(to: ["serve", "--config=/dev/null", "--log-level=error"]) == [
                "serve", "--database=e", "--config=/dev/null", "--log-level=error",
            ])
    }

    @Test(arguments: [
        (["serve"], ["serve", "--config=@", "--database=d", "--xmpp-ca-file=c"]),
        (["user", "list"], ["user", "list", "--config=@", "--database=d"]),
        (["bridge-user", "list"], ["bridge-user", "list", "--config=@", "--database=d"]),
        (["backup", "b"], ["backup", "--config=@", "--database=d", "b"]),
        // Not read: nothing of it is needed.
        (["user", "list", "--database=x"], ["user", "list", "--database=x"]),
        (["check", "--local"], ["check", "--config=@", "--xmpp-ca-file=c", "--local"]),
        (["check"], ["check"]),
        (["status"], ["status"]),
        (["server-config", "prosody"], ["server-config", "prosody"]),
        (["serve", "--help"], ["serve", "--help"]),
        (["--version"], ["--version"]),
    ]) func `the file that is always there counts for the commands that run on the server's files`(
        arguments: [String], result: [String]
    ) throws {
        let path = try scratch.write("database: d\nxmpp-ca-file: c\n", to: "standard")
        let sources = OptionSources(environment: [:], standardPaths: [scratch.file("none"), path])
        #expect(try sources.adding(to: arguments) == result.map { $0.replacing("=@", with: "=" + path) })
    }

    @Test func `two files that are always there are one too many`() throws {
        let paths = [try scratch.write("", to: "a.yaml"), try scratch.write("", to: "a.json")]
        let error = #expect(throws: ValidationError.self) {
            try OptionSources(environment: [:], standardPaths: paths).adding(to: ["serve"])
        }
        #expect(error?.message == "There are \(paths[0]) and \(paths[1]): remove one, or name one with --config.")
    }

    @Test func `one that is always looked for and can't be reached is no missing one`() throws {
        let link = scratch.file("link.yaml")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: scratch.file("nothing"))
        let loop = scratch.file("loop")
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        for (path, words) in [(link, "No such file or directory"), (loop + "/x", "Too many levels of symbolic links")] {
            let sources = OptionSources(environment: [:], standardPaths: [path, scratch.file("none")])
            let error = #expect(throws: StartError.self) { try sources.adding(to: ["serve"]) }
            #expect(error?.description == "--config \(path): \(words).")
            #expect(try sources.adding(to: ["user", "list", "--database=x"]) == ["user", "list", "--database=x"])
            #expect(try sources.adding(to: ["status"]) == ["status"])
        }
        let sources = OptionSources(environment: [:], standardPaths: [try scratch.write("", to: "f") + "/x"])
        #expect(try sources.adding(to: ["serve"]) == ["serve"], "a file is no folder: there can be nothing in it")
    }

    @Test(arguments: [
        ("loglevel: debug\n", "@/f:1: Unknown name 'loglevel'. Did you mean 'log-level'?"),
        ("threads: 3\n\nlisten_http: x\n", "@/f:3: Unknown name 'listen_http'. Did you mean 'listen-http'?"),
        ("xmpp:\n  ca-file: x\n", "@/f:1: xmpp: It is a value or a list of values."),
        ("config: x\n", "@/f:1: A configuration file can't name another one."),
        ("url: https://localhost\n", "@/f:1: Unknown name 'url'. The names are those of the options of serve."),
        ("threads: 3\ndatabase: x\nthreads: 4\n", "@/f:1: threads: It is there more than once."),
        (#"{"threads": 3, "threads": 4}"#, "@/f:1: threads: It is there more than once."),
        ("database: [a]\n", "@/f:1: database: It takes one value, not a list."),
        ("listen:\n- [a]\n", "@/f:2: listen: It is a list of values."),
        ("listen:\n-\n", "@/f:2: listen: It is a list of values."),
        ("- threads\n", "@/f:1: It is not made of names and values, as in 'threads: 4'."),
        ("threads 4\n", "@/f:1: It is not made of names and values, as in 'threads: 4'."),
        ("[a]: 4\n", "@/f:1: A name is a word, as in 'threads: 4'."),
        (
            "log-level: debug\nthreads: 65\n",
            "@/f:2: threads: The value '65' is invalid for '--threads <number>': It is a whole number from 1 to 64."
        ),
        (
            "allow-insecure-http: on\n",
            "@/f:1: allow-insecure-http: The value 'on' is none of true, false, 1, 0, yes and no."
        ),
        (
            "listen-http:\n- 0.0.0.0:80\n",
            "--listen-http 0.0.0.0:80: plain HTTP is served on loopback addresses only, unless --allow-insecure-http is "
                + "given."
        ),
        ("tls-key: x\n", "--tls-certificate and --tls-key belong together."),
        (
            "login-mode: http\nlogin-url: https://u:s3cret@a.test/\n",
            "--login-url: The URL can't hold a user or a password."
        ),
    ]) func `what is wrong is said with its line, and nothing is begun`(text: String, line: String) throws {
        try scratch.write(text, to: "f")
        #expect(
            try run(["serve", "--database", "@/db"], environment: ["API_SERVER_CONFIG": "@/f"]) == failed(line))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["f"])
    }

    @Test(arguments: ["threads: 'x\n", "threads: 3\n  database: x\n", "a: 1\n---\nb: 2\n", "\tx: 1\n", "a: *b\n", "%"])
    func `what is no YAML is said with its place`(text: String) throws {
        try scratch.write(text, to: "f")
        let run = try run(["serve", "--config", "@/f"])
        #expect(run.exit == .code(64))
        let place = "api-server: \(scratch.file("f")):"
        #expect(run.output.hasPrefix(place) && run.output.contains(": It is not valid YAML: "), "\(run.output)")
        #expect(run.output.split(separator: "\n").count == 1)
    }

    @Test func `a file that can't be read is no missing one`() throws {
        #expect(
            try run(["serve", "--config", "@/none"])
                == failed("--config @/none: No such file or directory.", code: 1))
        try Data([0x61, 0x3A, 0xFF]).write(to: URL(fileURLWithPath: scratch.file("f")))
        #expect(try run(["serve", "--config", "@/f"]) == failed("@/f: It is not UTF-8."))
        #expect(
            try run(["check", "--config", "@/f"])
                == failed(
                    "Options for the XMPP server, time limits and --config go together with --local; a running server has "
                        + "its own."))
    }

    @Test func `the example has every option, each as it may stand there`() throws {
        let example = try String(
            contentsOfFile: RepositoryRoot.path("deploy/callbridge/api-server.yaml"), encoding: .utf8)
        // What is only an example has no blank behind the sign; sentences have one.
        let text = example.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
        let path = try scratch.write(text, to: "all.yaml")
        let names = try ConfigurationFile(path).entries.map(\.name)
        #expect(try names == OptionSources(environment: [:]).options.map(\.name))
        let arguments = try OptionSources(environment: [:], standardPaths: []).adding(to: ["serve", "--config", path])
        _ = try ServeOptions.parse(Array(arguments.dropFirst()))
        let given = try ConfigurationFile(RepositoryRoot.path("deploy/callbridge/api-server.yaml")).entries
        #expect(given.map(\.name) == ["database"])
    }

    @Test func `the server runs with the file alone`() throws {
        let port = try FreePorts.reserve()
        try scratch.write("right\n", to: "pw")
        let file = try scratch.write(
            """
            # A server for this test.
            listen-http: [127.0.0.1:\(port), "[::1]:\(port)"]
            database: \(scratch.file("db"))
            admin-password-file: \(scratch.file("pw"))
            log-format: json
            """, to: "api-server.yaml")
        let process = try ServerProcess(
            "api-server", .init(try APIServerProcess.binary(), ["serve", "--config", file]), in: scratch)
        try process.waitUntilListening(on: [port])
        let client = HTTPClient(host: "::1", port: port)
        client.defaultHeaders = [HTTPClient.basicCredentials(user: "admin", password: "right")]
        #expect(try client.request("GET", APIServerProcess.configurationPath).status == 200)
        let users = try run(["user", "list", "--config", file])
        #expect(users.output.contains("admin") && users.exit == .code(0))
        #expect(process.stop() == .code(0))
        #expect(process.log.contains(#""message":"read the configuration file""#))
    }
}
