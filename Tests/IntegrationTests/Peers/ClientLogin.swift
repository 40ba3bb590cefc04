import Foundation
import TestSupport

/// A real client's login, by one of the programs in `Tests/Login`. It trusts the test authority.
final class ClientLogin: Sendable {
    /// What came of it.
    struct Result: Decodable, Equatable, Sendable {
        enum Outcome: String, Decodable { case accepted, refused, failed }

        var outcome: Outcome
        /// Accepted: the client's full JID.
        var jid: String?
        /// Refused: SASL's condition (RFC 6120 §6.5) and the server's words.
        var condition: String?
        var text: String?
        /// Failed: why it did not come to a decision.
        var reason: String?
        /// From the connection to the decision.
        var seconds: Double

        /// A wrong password, says the server.
        var isNotAuthorized: Bool { outcome == .refused && condition == "not-authorized" }
        /// Not this time, says the server, whatever the password is.
        var isTemporary: Bool { outcome == .refused && condition == "temporary-auth-failure" }
    }

    private let process: ServerProcess

    /// Starts a client on TCP. The password is its standard input.
    ///
    /// - Parameter port: of 127.0.0.1.
    /// - Throws: `AutomationPage.Missing` without Python, or what `ServerProcess` throws.
    convenience init(as jid: String, password: String, port: UInt16) throws {
        try self.init("login.py", [jid, "--server", "127.0.0.1:\(port)"], password: password)
    }

    /// Starts a browser with `Tests/Login/page`, which the server of `example.test` shows under `/login/`.
    ///
    /// - Parameter port: of 127.0.0.1, for HTTPS and WebSocket.
    /// - Throws: as for a client on TCP.
    convenience init(inBrowserAs name: String, password: String, port: UInt16) throws {
        try self.init("browser_login.py", [name, "https://example.test:\(port)/login/"], password: password)
    }

    private init(_ program: String, _ arguments: [String], password: String) throws {
        let scratch = try ScratchDirectory("login")
        process = try ServerProcess(
            "\(program) \(arguments[0])",
            .init(
                "\(try AutomationPage.programs())/python",
                [RepositoryRoot.path("Tests/Login/\(program)")] + arguments
                    + ["--ca-file", try TestPKI.shared().authority],
                input: .file(try scratch.write(password, to: "password"))), in: scratch)
    }

    /// Whether nothing is decided yet.
    var isWaiting: Bool { process.exit == nil }

    /// Waits for what comes of it.
    ///
    /// - Throws: `ServerProcess.Failure` when the client does not end, or ends without saying so.
    func result() throws -> Result {
        try process.waitForExit(within: .seconds(60))
        guard let result = try? JSONDecoder().decode(Result.self, from: Data(process.log.utf8)) else {
            throw process.failure("was to print a line of JSON")
        }
        return result
    }
}
