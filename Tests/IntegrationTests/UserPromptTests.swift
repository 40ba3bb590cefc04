import Glibc
import TestSupport
import Testing

/// The password of `api-server user add` and `api-server bridge-user` from a terminal.
@Suite struct UserPromptTests {
    private let scratch: ScratchDirectory
    private let terminal: PseudoTerminal

    init() throws {
        scratch = try ScratchDirectory("prompt")
        terminal = try PseudoTerminal()
    }

    /// Starts `user add` on the terminal and waits for its first question.
    private func addBob() throws -> ServerProcess {
        let process = try ServerProcess(
            "api-server",
            .init(
                try APIServerProcess.binary(), ["user", "add", "bob", "--database", scratch.file("db")],
                input: .file(terminal.path)), in: scratch)
        try process.waitForLog(containing: "New password for bob: ")
        return process
    }

    private func list() throws -> APIServerRun {
        try APIServerRun(["user", "list", "--database", "@/db"], in: scratch)
    }

    @Test func `it is asked for twice and never shown`() throws {
        let process = try addBob()
        #expect(!terminal.hasEcho)
        terminal.type("päss word\n")
        try process.waitForLog(containing: "The same again: ")
        terminal.type("päss word\n")
        #expect(try process.waitForExit() == .code(0))
        #expect(process.log == "New password for bob: \nThe same again: \n")
        #expect(terminal.shown.isEmpty)
        #expect(terminal.hasEcho)
        #expect(try list().output == "NAME  ROLE\nbob   api\n")
    }

    @Test(arguments: [
        ("one\n", "two\n", "The two passwords differ."), ("\n", "\n", "A password can't be empty."),
        ("one\n", "\u{4}", "No password was given."),
    ]) func `what is no password adds nobody`(first: String, second: String, line: String) throws {
        let process = try addBob()
        terminal.type(first)
        try process.waitForLog(containing: "The same again: ")
        terminal.type(second)
        #expect(try process.waitForExit() == .code(1))
        #expect(process.log == "New password for bob: \nThe same again: \napi-server: \(line)\n")
        #expect(terminal.hasEcho)
        #expect(try list() == .failed("There is no database \(scratch.file("db"))."))
    }

    @Test(arguments: ["add", "set-password"]) func `a user of the Call Bridge has one too`(command: String) throws {
        if command == "set-password" {
            let added = try APIServerRun(
                ["bridge-user", "add", "bob@example.test", "--password-file", "-", "--database", "@/db"], input: "old",
                in: scratch)
            #expect(added == .silent)
        }
        let process = try ServerProcess(
            "api-server",
            .init(
                try APIServerProcess.binary(),
                ["bridge-user", command, "Bob@example.test", "--database", scratch.file("db")],
                input: .file(terminal.path)), in: scratch)
        try process.waitForLog(containing: "New password for bob@example.test: ")
        #expect(!terminal.hasEcho)
        terminal.type("secret\n")
        try process.waitForLog(containing: "The same again: ")
        terminal.type("secret\n")
        #expect(try process.waitForExit() == .code(0))
        #expect(process.log == "New password for bob@example.test: \nThe same again: \n")
        #expect(terminal.shown.isEmpty)
        let list = try APIServerRun(["bridge-user", "list", "--database", "@/db"], in: scratch)
        #expect(list.output == "JID               NAME\nbob@example.test\n")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    func `a signal at the question ends it, and the echo is back`(signal: Int32) throws {
        let process = try addBob()
        #expect(!terminal.hasEcho)
        process.send(signal: signal)
        #expect(try process.waitForExit() == .signal(signal))
        #expect(terminal.hasEcho)
    }
}
