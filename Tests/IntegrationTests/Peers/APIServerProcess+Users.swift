import TestSupport
import Testing

extension APIServerProcess {
    /// Makes a user of the API, and waits until the running server knows it.
    func addAPIUser(_ name: String, role: String, password: String) throws {
        let run = try APIServerRun(
            ["user", "add", name, "--role", role, "--password-file", "-", "--database", databasePath],
            input: password, in: ScratchDirectory("user"))
        try #require(run == .silent)
        let client = client(of: name, password: password)
        let deadline = ContinuousClock.now + .seconds(10)
        while try client.request("GET", Self.configurationPath).status == 401 {
            guard ContinuousClock.now < deadline else { throw process.failure("does not know its user \(name)") }
            ServerProcess.pause()
        }
    }
}
