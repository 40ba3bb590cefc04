import Foundation
import TestSupport
import Testing

/// `deploy/ejabberd/callbridge-extauth`, driven as ejabberd does it.
final class ExternalAuth {
    /// The executable.
    static let path = RepositoryRoot.path("deploy/ejabberd/callbridge-extauth")

    /// The process; its log is standard error alone.
    let process: ServerProcess
    private let scratch: ScratchDirectory
    private var answersExpected = 0

    /// Starts it, with an input that stays open.
    convenience init(_ arguments: [String]) throws {
        try self.init(arguments, input: .open, in: ScratchDirectory("extauth"))
    }

    /// Gives it an input that ends, and waits for its end.
    convenience init(_ arguments: [String], input: [UInt8]) throws {
        let scratch = try ScratchDirectory("extauth")
        try Data(input).write(to: URL(fileURLWithPath: scratch.file("input")))
        try self.init(arguments, input: .file(scratch.file("input")), in: scratch)
        try process.waitForExit(within: .seconds(30))
    }

    private init(_ arguments: [String], input: ServerProcess.Input, in scratch: ScratchDirectory) throws {
        self.scratch = scratch
        // The answers apart from what it says.
        process = try ServerProcess(
            "callbridge-extauth",
            .init(
                "/bin/sh", ["-c", #"exec "$@" > "$0""#, scratch.file("answers"), Self.path] + arguments, input: input),
            in: scratch)
    }

    /// What it said on standard error.
    var said: String { process.log }

    /// All its answers, as bytes.
    var answers: [UInt8] { Array(FileManager.default.contents(atPath: scratch.file("answers")) ?? Data()) }

    /// Its open sockets, by names that tell one from another.
    var sockets: Set<String> {
        get throws {
            let directory = "/proc/\(process.processID)/fd"
            let open = try FileManager.default.contentsOfDirectory(atPath: directory).compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)")
            }
            return Set(open.filter { $0.hasPrefix("socket:") })
        }
    }

    /// A question as ejabberd frames it.
    static func frame(_ question: [UInt8]) -> [UInt8] {
        [UInt8(question.count >> 8), UInt8(question.count & 0xff)] + question
    }

    /// An answer as ejabberd reads it.
    static func answer(_ isYes: Bool) -> [UInt8] { [0, 2, 0, isYes ? 1 : 0] }

    /// Asks, and waits for the answer.
    ///
    /// - Throws: `ServerProcess.Failure` when none comes, or something else than an answer.
    func ask(_ question: String) throws -> Bool {
        answersExpected += 1
        try process.send(Self.frame(Array(question.utf8)))
        let deadline = ContinuousClock.now + .seconds(30)
        while answers.count < 4 * answersExpected {
            guard process.exit == nil, ContinuousClock.now < deadline else { throw process.failure("gave no answer") }
            ServerProcess.pause(milliseconds: 1)
        }
        let answer = Array(answers.dropFirst(4 * (answersExpected - 1)))
        guard answer == Self.answer(true) || answer == Self.answer(false) else {
            throw process.failure("answered \(answer)")
        }
        return answer == Self.answer(true)
    }

    /// Asks whether a user of `example.test` may log in.
    func accepts(_ name: String, _ password: String, at host: String = "example.test") throws -> Bool {
        try ask("auth:\(name):\(host):\(password)")
    }

    /// The lines for ejabberd.yml that its README prints, with files and addresses of a test in place of the printed ones.
    static func ejabberdLines(replacing values: [String: String]) throws -> String {
        let readme = try String(contentsOfFile: RepositoryRoot.path("deploy/ejabberd/README.md"), encoding: .utf8)
        let block = try #require(readme.firstMatch(of: /<!-- file: ejabberd.yml -->\n```yaml\n((?s:.*?\n))```\n/))
        return try values.reduce(String(block.1)) { lines, value in
            try #require(lines.contains(value.key))
            return lines.replacing(value.key, with: value.value)
        }
    }
}
