import TestSupport

extension APIServerProcess {
    /// Runs `api-server` as a client of this server, over plain HTTP, to its end.
    ///
    /// - Parameters:
    ///   - scratch: gets the password's file; `@/` in the arguments stands for its path.
    ///   - input: the whole of standard input.
    func run(_ arguments: [String], input: String? = nil, in scratch: ScratchDirectory) throws -> APIServerRun {
        try APIServerRun(arguments + clientOptions(in: scratch), input: input, in: scratch)
    }

    /// What makes a command a client of this server.
    func clientOptions(in scratch: ScratchDirectory) throws -> [String] {
        ["--url", "http://127.0.0.1:\(port)", "--password-file", try scratch.write(password, to: "client-password")]
    }
}
