import Foundation
import GRDB
import TestSupport
import Testing

/// A start that fails: one line on standard error, a status other than 0, and nothing left behind.
@Suite struct OptionErrorTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("options")
    }

    private var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() }
    }

    private func serve(_ arguments: [String], environment: [String: String] = [:]) throws -> APIServerRun {
        try APIServerRun(["serve"] + arguments, environment: environment, in: scratch)
    }

    private func failed(_ line: String, code: Int32 = 1) -> APIServerRun {
        .failed(line.replacing("@/", with: scratch.path + "/"), code: code)
    }

    @Test(arguments: [
        (["--databse", "x"], "Unknown option '--databse'. Did you mean '--database'?"),
        (["--database"], "Missing value for '--database <path>'"),
        (["more"], "Unexpected argument 'more'"),
        (
            ["--listen", "localhost"],
            "The value 'localhost' is invalid for '--listen <host:port>': It is an IP address or localhost, and a port, "
                + "such as 127.0.0.1:8443 or [::1]:8443."
        ),
        (
            ["--listen", "::1:8443"],
            "The value '::1:8443' is invalid for '--listen <host:port>': It is an IP address or localhost, and a port, "
                + "such as 127.0.0.1:8443 or [::1]:8443."
        ),
        (
            ["--listen-http", "0.0.0.0:8080"],
            "--listen-http 0.0.0.0:8080: plain HTTP is served on loopback addresses only, unless --allow-insecure-http "
                + "is given."
        ),
        (["--tls-key", "@/key"], "--tls-certificate and --tls-key belong together."),
        (["--tls-certificate", "@/certificate"], "--tls-certificate and --tls-key belong together."),
        (
            ["--tls-client-ca", "@/ca", "--listen-http", "127.0.0.1:0"],
            "--tls-client-ca is of no use without --listen: HTTPS is served nowhere."
        ),
        (
            [
                "--tls-client-ca", "@/ca", "--listen", "127.0.0.1:0", "--listen-http", "0.0.0.0:8080",
                "--allow-insecure-http",
            ],
            "--tls-client-ca is of no use with --listen-http 0.0.0.0:8080, where other machines need no certificate."
        ),
        (["--xmpp-key", "@/key"], "--xmpp-certificate and --xmpp-key belong together."),
        (
            ["--xmpp-crl-file", "@/list", "--xmpp-verify", "none"],
            "--xmpp-crl-file is of no use with --xmpp-verify none, which checks nothing."
        ),
        (
            ["--xmpp-verify", "some"],
            "The value 'some' is invalid for '--xmpp-verify <mode>'. Please provide one of 'full', 'chain' or 'none'."
        ),
        (
            ["--dns-server", "dns.example.test"],
            "The value 'dns.example.test' is invalid for '--dns-server <ip[:port]>': \"dns.example.test\" is not a DNS "
                + "server's address: write an IP address, with :PORT if it is not 53, an IPv6 address with a port as "
                + "[ADDRESS]:PORT"
        ),
        (
            ["--tcp-timeout", "0"],
            "The value '0' is invalid for '--tcp-timeout <seconds>': It is from 0.001 to 3600 seconds."
        ),
        (
            ["--tcp-timeout", "1e3"],
            "The value '1e3' is invalid for '--tcp-timeout <seconds>': It is a number of seconds, such as 10 or 0.25."
        ),
        (
            ["--threads", "0"],
            "The value '0' is invalid for '--threads <number>': It is a whole number from 1 to 64."
        ),
        (
            ["--max-connections", "0"],
            "The value '0' is invalid for '--max-connections <number>': It is a whole number from 1 to 100000."
        ),
        (
            ["--max-header-size", "64k"],
            "The value '64k' is invalid for '--max-header-size <bytes>': It is a whole number from 4096 to 262144."
        ),
        (
            ["--idle-timeout", "0.5"],
            "The value '0.5' is invalid for '--idle-timeout <seconds>': It is a whole number from 1 to 3600."
        ),
        (
            ["--password-attempts", "101"],
            "The value '101' is invalid for '--password-attempts <number>': It is a whole number from 0 to 100."
        ),
        (
            ["--login-mode", "all"],
            "The value 'all' is invalid for '--login-mode <mode>'. Please provide one of 'none', 'users', 'guests', "
                + "'usersAndGuests' or 'http'."
        ),
        (["--login-mode", "http"], "--login-url: The mode http needs a url."),
        (
            ["--login-url", "http://login.example.test/"],
            "--login-url: Passwords go to this URL: http is for localhost and loopback addresses alone, elsewhere it is "
                + "https."
        ),
        (
            ["--login-mode", "http", "--login-url", "https://user:s3cret@login.example.test/"],
            "--login-url: The URL can't hold a user or a password."
        ),
        (
            ["--login-url", "https://login.example.test/?token=s3cret"],
            "--login-url: The URL can't have a query: it is shown, and a query may hold a secret."
        ),
        (["--login-url", ""], "--login-url: This is not an https URL of at most 2048 bytes."),
        (
            ["--login-host", "example.test", "--login-host", "alice@example.test"],
            "--login-host: Host 2 is not a DNS name of at most 253 characters."
        ),
        (["--login-host", ""], "--login-host: Host 1 is not a DNS name of at most 253 characters."),
        (
            ["--login-attempts", "101"],
            "The value '101' is invalid for '--login-attempts <number>': It is a whole number from 0 to 100."
        ),
        (
            ["--log-level", "loud"],
            "The value 'loud' is invalid for '--log-level <level>': It is one of trace, debug, info, notice, warning, "
                + "error, critical."
        ),
        (
            ["--log-format", "xml"],
            "The value 'xml' is invalid for '--log-format <format>'. Please provide one of 'text' and 'json'."
        ),
    ]) func `a wrong option is one line and status 64`(arguments: [String], line: String) throws {
        #expect(try serve(arguments + ["--database=@/db"]) == failed(line, code: 64))
        #expect(try files.isEmpty)
    }

    @Test(arguments: [
        (["API_SERVER_LOG_LEVEL": "loud"], "API_SERVER_LOG_LEVEL: The value 'loud' is invalid for '--log-level"),
        (["API_SERVER_ALLOW_INSECURE_HTTP": "maybe"], "API_SERVER_ALLOW_INSECURE_HTTP: The value 'maybe' is none of"),
        (
            ["API_SERVER_LISTEN_HTTP": "127.0.0.1:0,nowhere"],
            "API_SERVER_LISTEN_HTTP: The value 'nowhere' is invalid for '--listen-http <host:port>'"
        ),
        (["API_SERVER_TLS_KEY": "@/key"], "--tls-certificate and --tls-key belong together."),
        (
            ["API_SERVER_LOGIN_MODE": "some"],
            "API_SERVER_LOGIN_MODE: The value 'some' is invalid for '--login-mode <mode>'"
        ),
        (["API_SERVER_LOGIN_URL": "https://u:s3cret@a.test"], "--login-url: The URL can't hold a user or a password."),
    ]) func `a wrong variable is named`(environment: [String: String], beginning: String) throws {
        let run = try serve(["--database=@/db"], environment: environment)
        #expect(run.exit == .code(64))
        #expect(run.output.hasPrefix("api-server: \(beginning)"))
        #expect(run.output.split(separator: "\n").count == 1)
        #expect(try files.isEmpty)
    }

    @Test func `certificates that can't be used are named, and no database is made`() throws {
        let pki = try TestPKI.shared()
        let (good, other) = (pki.server(.good), pki.server(.hostOnly))
        try scratch.write("no PEM", to: "text")
        let before = try files
        let http = "--listen-http=127.0.0.1:0"
        let cases: [(arguments: [String], line: String)] = [
            (
                ["--tls-certificate", good.certificate, "--tls-key", other.key],
                "--tls-certificate \(good.certificate), --tls-key \(other.key): The private key does not belong to the "
                    + "certificate."
            ),
            (
                [http, "--tls-certificate", good.certificate, "--tls-key", other.key],
                "--tls-certificate \(good.certificate), --tls-key \(other.key): The private key does not belong to the "
                    + "certificate."
            ),
            (
                ["--tls-certificate", "@/none", "--tls-key", good.key],
                "--tls-certificate @/none: No such file or directory."
            ),
            (
                ["--tls-certificate", good.certificate, "--tls-key", "@/none"],
                "--tls-key @/none: No such file or directory."
            ),
            (
                ["--tls-certificate", good.certificate, "--tls-key", "/"], "--tls-key /: Is a directory."
            ),
            (
                ["--tls-certificate", "@/text", "--tls-key", good.key],
                "--tls-certificate @/text, --tls-key \(good.key): Cannot read the certificate: No certificate was found."
            ),
            (["--tls-client-ca", "@/none"], "--tls-client-ca @/none: No such file or directory."),
            (
                ["--tls-client-ca", "@/text"],
                "--tls-client-ca @/text: Cannot read the certificates: No certificate was found."
            ),
            (
                ["--tls-certificate", good.certificate, "--tls-key", good.key, "--tls-client-ca", "@/text"],
                "--tls-client-ca @/text: Cannot read the certificates: No certificate was found."
            ),
            (
                ["--xmpp-certificate", good.certificate, "--xmpp-key", other.key],
                "--xmpp-key \(other.key): the private key does not belong to the certificate CN=server."
            ),
            (
                ["--xmpp-certificate", "@/text", "--xmpp-key", good.key],
                "--xmpp-certificate @/text: the certificate file has no PEM certificate."
            ),
            (["--login-ca-file", "@/none"], "--login-ca-file @/none: No such file or directory."),
            (["--login-ca-file", "@/text"], "--login-ca-file @/text: the trust file has no PEM certificate."),
            (["--xmpp-ca-file", "@/none"], "--xmpp-ca-file @/none: No such file or directory."),
            (["--xmpp-ca-file", "@/text"], "--xmpp-ca-file @/text: the trust file has no PEM certificate."),
            (
                ["--xmpp-crl-file", "@/text"],
                "--xmpp-crl-file @/text: the file of revocation lists has no PEM revocation list."
            ),
        ]
        for (arguments, line) in cases {
            #expect(try serve(arguments + ["--database=@/db"]) == failed(line), "\(arguments)")
        }
        #expect(try files == before)
    }

    @Test func `a password file without a password makes no database`() throws {
        try scratch.write("\n", to: "empty")
        for (file, reason) in [("none", "No such file or directory."), ("empty", "A password can't be empty.")] {
            #expect(
                try serve(["--listen=127.0.0.1:0", "--database=@/db", "--admin-password-file=@/\(file)"])
                    == failed("--admin-password-file @/\(file): \(reason)"))
        }
        #expect(try files == ["empty"])
    }

    @Test func `a port in use is named, and no database is made`() throws {
        let server = try APIServerProcess(.init())
        for option in ["--listen", "--listen-http"] {
            #expect(
                try serve([option, "127.0.0.1:\(server.port)", "--database=@/db"])
                    == failed("Cannot listen on 127.0.0.1:\(server.port): Address already in use"))
        }
        // The second listener's failure ends the first.
        #expect(
            try serve(["--listen=127.0.0.1:0", "--listen=127.0.0.1:\(server.port)", "--database=@/db"]).exit == .code(1)
        )
        #expect(try files.isEmpty)
    }

    @Test func `a database that can't be opened is named`() throws {
        try scratch.write("this is no database, it only looks like a long text", to: "text")
        try scratch.makeDirectory("directory")
        let before = try files
        for (name, reason) in [
            ("text", "file is not a database"), ("directory", "Is a directory"),
            ("none/db", "No such file or directory"),
        ] {
            #expect(
                try serve(["--listen=127.0.0.1:0", "--database=@/\(name)"])
                    == failed("The database @/\(name) can't be opened: \(reason)."))
        }
        #expect(try files == before)
        #expect(
            try String(contentsOfFile: scratch.file("text"), encoding: .utf8).hasPrefix("this is no database"))
    }

    @Test func `a database of a newer version is left as it is`() throws {
        #expect(
            try APIServerRun(
                ["user", "add", "bob", "--password-file=-", "--database=@/db"], input: "pw", in: scratch) == .silent)
        let queue = try DatabaseQueue(path: scratch.file("db"))
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999 future')") }
        try queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: scratch.file("db")))
        let line = "The database @/db was written by a newer version of this program."
        #expect(try serve(["--listen=127.0.0.1:0", "--database=@/db"]) == failed(line))
        #expect(try APIServerRun(["user", "list", "--database=@/db"], in: scratch) == failed(line))
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.file("db"))) == before)
        #expect(try files == ["db"])
    }

    @Test func `half a certificate beside the database is named`() throws {
        try scratch.write("x", to: "db.key")
        #expect(
            try serve(["--listen=127.0.0.1:0", "--database=@/db"])
                == failed(
                    "@/db.key is there, but @/db.crt is not: restore it, or remove both to have new ones made."))
        #expect(try files == ["db.key"])
    }
}
