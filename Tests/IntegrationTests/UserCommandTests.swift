import Foundation
import TestSupport
import Testing

/// `api-server user …` on a database that nobody serves.
@Suite struct UserCommandTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("users")
        try scratch.write("right\n", to: "pw")
    }

    private func user(_ arguments: String..., input: String? = nil) throws -> APIServerRun {
        try APIServerRun(["user"] + arguments + ["--database", "@/db"], input: input, in: scratch)
    }

    private var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: scratch.path) } }

    @Test func `users are added, listed, changed and removed`() throws {
        #expect(try user("add", "zoë", "--role", "admin", "--password-file", "@/pw") == .silent)
        #expect(try user("add", "bob", "--password-file", "-", input: "secret") == .silent)
        #expect(try user("add", "reader", "--role", "readonly", "--password-file", "-", input: "pw\r\n") == .silent)
        #expect(
            try user("list")
                == APIServerRun(output: "NAME    ROLE\nbob     api\nreader  readonly\nzoë     admin\n", exit: .code(0)))
        #expect(try user("set-role", "bob", "--role", "login") == .silent)
        #expect(try user("set-password", "bob", "--password-file", "@/pw") == .silent)
        #expect(try user("remove", "reader") == .silent)
        #expect(
            try user("list") == APIServerRun(output: "NAME  ROLE\nbob   login\nzoë   admin\n", exit: .code(0)))
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.file("db"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    /// Each finds no database, or one that another is just making.
    @Test func `many who make the same database at once all succeed`() throws {
        for round in 0..<5 {
            let database = "@/db\(round)"
            let runs = (0..<8).map { number in
                BackgroundThread {
                    let arguments = ["user", "add", "user\(number)", "--password-file", "@/pw", "--database", database]
                    let run = try APIServerRun(arguments, in: scratch)
                    #expect(run == .silent)
                }
            }
            for run in runs { try run.join() }
            let list = try APIServerRun(["user", "list", "--database", database], in: scratch)
            #expect(list.output == "NAME   ROLE\n" + (0..<8).map { "user\($0)  api\n" }.joined())
        }
    }

    @Test func `what can't be done is one line and changes nothing`() throws {
        #expect(try user("add", "admin", "--role", "admin", "--password-file", "@/pw") == .silent)
        let before = try user("list")
        let long = String(repeating: "x", count: 256)
        try scratch.write("", to: "empty")
        try scratch.write("\n", to: "newline")
        try scratch.write("a\nb\n", to: "lines")
        let noTerminal =
            "There is no terminal to ask for the password on: give --password-file FILE, or - for standard input."
        let last = "admin is the last user with the role admin; make another one first."
        let cases: [(arguments: [String], line: String, code: Int32)] = [
            (["add", "admin", "--password-file", "@/pw"], "There is a user admin already.", 1),
            (["add", "a:b", "--password-file", "@/pw"], "A user's name can't hold a colon.", 1),
            (["add", "", "--password-file", "@/pw"], "A user's name can't be empty.", 1),
            (["add", "a\nb", "--password-file", "@/pw"], "A user's name can't hold control characters.", 1),
            (["add", long, "--password-file", "@/pw"], "A user's name has at most 255 bytes.", 1),
            (["add", "bob"], noTerminal, 1),
            (["set-password", "admin"], noTerminal, 1),
            (["add", "bob", "--password-file", "@/empty"], "--password-file @/empty: A password can't be empty.", 1),
            (["add", "bob", "--password-file", "-"], "--password-file -: A password can't be empty.", 1),
            (
                ["set-password", "admin", "--password-file", "@/newline"],
                "--password-file @/newline: A password can't be empty.", 1
            ),
            (
                ["add", "bob", "--password-file", "@/lines"],
                "--password-file @/lines: A password can't hold control characters or line ends.", 1
            ),
            (["add", "bob", "--password-file", "@/none"], "--password-file @/none: No such file or directory.", 1),
            (["set-password", "bob", "--password-file", "@/pw"], "There is no user bob.", 1),
            (["set-role", "bob", "--role", "api"], "There is no user bob.", 1),
            (["remove", "bob"], "There is no user bob.", 1),
            (["remove", "admin"], last, 1),
            (["set-role", "admin", "--role", "api"], last, 1),
            (["add"], "Missing expected argument '<name>'", 64),
            (
                ["add", "bob", "--role", "root", "--password-file", "@/pw"],
                "The value 'root' is invalid for '--role <role>'. Please provide one of 'admin', 'api', 'readonly' or "
                    + "'login'.", 64
            ),
            (["list", "--json"], "Unknown option '--json'", 64),
        ]
        for (arguments, line, code) in cases {
            let run = try APIServerRun(["user"] + arguments + ["--database", "@/db"], in: scratch)
            #expect(
                run == .failed(line.replacing("@/", with: scratch.path + "/"), code: code), "\(arguments)")
        }
        #expect(try user("list") == before)
    }

    @Test func `a database that is not there is made by add alone, and not for a bad password`() throws {
        let missing = APIServerRun.failed("There is no database \(scratch.file("db")).")
        #expect(try user("list") == missing)
        #expect(try user("remove", "bob") == missing)
        #expect(try user("set-role", "bob", "--role", "api") == missing)
        #expect(try user("set-password", "bob", "--password-file", "@/pw") == missing)
        #expect(try user("add", "bob").exit == .code(1))
        #expect(try user("add", "bob", "--password-file", "-", input: "\n").exit == .code(1))
        #expect(try files == ["pw"])
        #expect(try user("add", "bob", "--password-file", "@/pw") == .silent)
        #expect(try files.sorted() == ["db", "pw"])
    }

    @Test func `a password file that others may read is named`() throws {
        try scratch.write("right", to: "pw", mode: 0o640)
        #expect(
            try user("add", "bob", "--password-file", "@/pw")
                == APIServerRun(
                    output:
                        "api-server: warning: others may read a file with a secret: file \(scratch.file("pw")), "
                        + "mode 0640\n", exit: .code(0)))
    }

    @Test func `the database of the environment counts, the server's other variables don't`() throws {
        let environment = ["API_SERVER_DATABASE": "@/db", "API_SERVER_LOG_LEVEL": "wrong"]
        let added = try APIServerRun(
            ["user", "add", "bob", "--password-file", "@/pw"], environment: environment, in: scratch)
        #expect(added == .silent)
        #expect(try user("list").output.contains("bob"))
    }
}
