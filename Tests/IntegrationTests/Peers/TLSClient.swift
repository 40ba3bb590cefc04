import Foundation
import TestSupport

/// A TLS connection that stays open: `openssl s_client` with its standard input.
final class TLSClient {
    /// The program: what the server sent is in its log.
    let process: ServerProcess
    private var read = 0

    /// Connects to a port of 127.0.0.1.
    ///
    /// - Parameters:
    ///   - certificate: PEM file of a certificate and its key that is shown when the server asks for one.
    /// - Throws: `Program.Missing`, or `ServerProcess.Failure` when it cannot be started.
    init(port: UInt16, certificate: String? = nil) throws {
        // Quiet, it takes no line of the input for a command, and prints nothing but what comes.
        var arguments = ["s_client", "-quiet", "-connect", "127.0.0.1:\(port)"]
        if let certificate { arguments += ["-cert", certificate, "-key", certificate] }
        process = try ServerProcess(
            "s_client", .init(try Program.openssl.path(), arguments, input: .open), in: ScratchDirectory("s_client"))
    }

    /// Sends bytes.
    func send(_ text: String) throws { try process.send(Array(text.utf8)) }

    /// Sends a request with credentials; the body may be shorter than its length.
    func send(
        _ method: String, _ path: String, of server: APIServerProcess, fields: [String] = [], body: String = "",
        length: Int? = nil
    ) throws {
        let credentials = HTTPClient.basicCredentials(user: APIServerProcess.user, password: server.password)
        let lines =
            ["\(method) \(path) HTTP/1.1", "Host: localhost", "\(credentials.name): \(credentials.value)"] + fields
            + ["Content-Length: \(length ?? body.utf8.count)", "", body]
        try send(lines.joined(separator: "\r\n"))
    }

    /// Waits for a text in what the server has sent since the last call.
    func expect(_ text: String) throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            let new = Array(process.log.utf8.dropFirst(read))
            if let range = new.firstRange(of: Array(text.utf8)) {
                read += range.upperBound
                return
            }
            guard process.exit == nil, ContinuousClock.now < deadline else {
                throw process.failure("did not get “\(text)”")
            }
            ServerProcess.pause()
        }
    }
}
