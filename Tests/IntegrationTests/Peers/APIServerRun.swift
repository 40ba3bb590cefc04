import TestSupport

/// A run of `api-server` that ends by itself: what it printed, on both outputs, and how it ended.
struct APIServerRun: Equatable {
    let output: String
    let exit: ServerProcess.Exit

    init(output: String, exit: ServerProcess.Exit) {
        self.output = output
        self.exit = exit
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - arguments: as on a command line; `@/` stands for the path of `scratch`.
    ///   - environment: beside those of the tests' own process; with `@/` too.
    ///   - input: the whole of standard input; nil is `/dev/null`.
    /// - Throws: `ServerProcess.Failure` when it does not end within 30 s.
    init(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil, in scratch: ScratchDirectory
    ) throws {
        func named(_ text: String) -> String { text.replacing("@/", with: scratch.path + "/") }
        // A log of its own for each, in a directory that does not count as something left behind.
        let logs = try ScratchDirectory("run")
        let process = try ServerProcess(
            "api-server",
            .init(
                try APIServerProcess.binary(), arguments.map(named), environment: environment.mapValues(named),
                input: try input.map { .file(try logs.write($0, to: "input")) } ?? .nothing), in: logs)
        exit = try process.waitForExit(within: .seconds(30))
        output = process.log
    }

    /// A run that says nothing and succeeds.
    static let silent = APIServerRun(output: "", exit: .code(0))

    /// A run that ends with one line on standard error.
    static func failed(_ line: String, code: Int32 = 1) -> APIServerRun {
        APIServerRun(output: "api-server: \(line)\n", exit: .code(code))
    }
}
