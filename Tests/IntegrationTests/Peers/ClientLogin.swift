import Foundation
import TestSupport

/// A real client's login, by `Tests/Login/login.py`. It trusts the test authority.
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

    /// Starts it. The password is the client's standard input.
    ///
    /// - Parameter port: of 127.0.0.1.
    /// - Throws: `AutomationPage.Missing` without Python, or what `ServerProcess` throws.
    init(as jid: String, password: String, port: UInt16) throws {
        let scratch = try ScratchDirectory("login")
        process = try ServerProcess(
            "login of \(jid)",
            .init(
                "\(try AutomationPage.programs())/python",
                [
                    RepositoryRoot.path("Tests/Login/login.py"), jid, "--server", "127.0.0.1:\(port)",
                    "--ca-file", try TestPKI.shared().authority,
                ], input: .file(try scratch.write(password, to: "password"))), in: scratch)
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
