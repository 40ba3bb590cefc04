import Foundation
import TestSupport
import Testing

/// `api-server bridge-user …` on a database that nobody serves.
@Suite struct BridgeUserCommandTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("bridge-users")
        try scratch.write("right\n", to: "pw")
    }

    private func user(_ arguments: String..., input: String? = nil) throws -> APIServerRun {
        try APIServerRun(["bridge-user"] + arguments + ["--database", "@/db"], input: input, in: scratch)
    }

    private func list(_ rows: String...) -> APIServerRun {
        APIServerRun(output: rows.map { $0 + "\n" }.joined(), exit: .code(0))
    }

    private var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: scratch.path) } }

    @Test func `users are added, listed, changed and removed`() throws {
        #expect(try user("add", "Zoë@EXAMPLE.test.", "--name", "Zoë M.", "--password-file", "@/pw") == .silent)
        #expect(try user("add", "bob@bücher.example", "--password-file", "-", input: "secret") == .silent)
        #expect(
            try user("list")
                == list(
                    "JID                        NAME", "bob@xn--bcher-kva.example", "zoë@example.test           Zoë M.")
        )
        #expect(try user("set-password", "ZOË@example.test", "--password-file", "@/pw") == .silent)
        #expect(try user("remove", "Bob@BÜCHER.example") == .silent)
        #expect(try user("list") == list("JID               NAME", "zoë@example.test  Zoë M."))
        #expect(try user("remove", "zoë@example.test") == .silent)
        #expect(try user("list") == list("JID  NAME"))
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.file("db"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test func `what can't be done is one line and changes nothing`() throws {
        #expect(try user("add", "alice@example.test", "--password-file", "@/pw") == .silent)
        let before = try user("list")
        try scratch.write("", to: "empty")
        try scratch.write("a\nb\n", to: "lines")
        let long = String(repeating: "x", count: 256)
        let noTerminal =
            "There is no terminal to ask for the password on: give --password-file FILE, or - for standard input."
        let form = "A user's JID is name@host, as in alice@example.com."
        let noResource = "A user's JID has no resource behind a slash."
        let host = "The part of a user's JID behind the @ is a DNS name of at most 253 characters."
        let characters =
            #"The part of a user's JID before the @ has no blanks, no invisible characters and none of "&'/:<>@."#
        let bob = "bob@example.test"
        let cases: [(arguments: [String], line: String, code: Int32)] = [
            // Without a password file: it is not asked for in vain.
            (["add", "Alice@example.test"], "There is a user alice@example.test already.", 1),
            (["set-password", "Bob@example.test"], "There is no user bob@example.test.", 1),
            (["remove", bob], "There is no user bob@example.test.", 1),
            (["add", "bob"], form, 1), (["set-password", "bob"], form, 1), (["remove", "bob"], form, 1),
            (["add", ""], form, 1), (["add", "b@b@b"], form, 1), (["add", "\(bob)/phone"], noResource, 1),
            (["add", "bob@ex ample"], host, 1), (["add", "b\nob@example.test"], characters, 1),
            (["add", bob, "--name", "a\u{1b}[31m"], "A name can't hold control characters or line ends.", 1),
            (["add", bob, "--name", long], "A name has at most 255 bytes.", 1), (["add", bob], noTerminal, 1),
            (["set-password", "alice@example.test"], noTerminal, 1),
            (["add", bob, "--password-file", "@/empty"], "--password-file @/empty: A password can't be empty.", 1),
            (
                ["set-password", "alice@example.test", "--password-file", "@/lines"],
                "--password-file @/lines: A password can't hold control characters or line ends.", 1
            ),
            (["add", bob, "--password-file", "@/none"], "--password-file @/none: No such file or directory.", 1),
            (["add"], "Missing expected argument '<user-jid>'", 64),
            (["remove"], "Missing expected argument '<user-jid>'", 64),
            (["add", bob, "--password", "right"], "Unknown option '--password'", 64),
            (["list", "--json"], "Unknown option '--json'", 64),
        ]
        for (arguments, line, code) in cases {
            let run = try APIServerRun(["bridge-user"] + arguments + ["--database", "@/db"], in: scratch)
            #expect(run == .failed(line.replacing("@/", with: scratch.path + "/"), code: code), "\(arguments)")
        }
        #expect(try user("list") == before)
    }

    @Test func `a database that is not there is made by add alone, and not for a bad password`() throws {
        let missing = APIServerRun.failed("There is no database \(scratch.file("db")).")
        #expect(try user("list") == missing)
        #expect(try user("remove", "bob@example.test") == missing)
        #expect(try user("set-password", "bob@example.test", "--password-file", "@/pw") == missing)
        #expect(try user("add", "bob@example.test").exit == .code(1))
        #expect(try user("add", "bob@example.test", "--password-file", "-", input: "\n").exit == .code(1))
        #expect(try files == ["pw"])
        #expect(try user("add", "bob@example.test", "--password-file", "@/pw") == .silent)
        #expect(try files.sorted() == ["db", "pw"])
    }

    @Test func `the database of the environment counts, the server's other variables don't`() throws {
        let environment = ["API_SERVER_DATABASE": "@/db", "API_SERVER_LOG_LEVEL": "wrong"]
        for arguments in [
            ["add", "bob@example.test", "--password-file", "@/pw"],
            ["add", "eve@example.test", "--password-file", "@/pw"],
            ["set-password", "bob@example.test", "--password-file", "@/pw"], ["remove", "eve@example.test"],
        ] {
            #expect(
                try APIServerRun(["bridge-user"] + arguments, environment: environment, in: scratch) == .silent,
                "\(arguments)")
        }
        let listed = try APIServerRun(["bridge-user", "list"], environment: environment, in: scratch)
        #expect(listed == list("JID               NAME", "bob@example.test"))
        #expect(try user("list") == listed)
    }

    @Test func `users of the API are another list`() throws {
        #expect(try user("add", "bob@example.test", "--password-file", "@/pw") == .silent)
        let users = try APIServerRun(["user", "list", "--database", "@/db"], in: scratch)
        #expect(users == list("NAME  ROLE"))
    }
}
