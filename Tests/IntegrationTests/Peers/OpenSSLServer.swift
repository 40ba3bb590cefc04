import TestSupport

/// `openssl s_server`: a TLS server that serves one connection at a time, says only what the test tells it to, and logs
/// what it receives.
final class OpenSSLServer: Sendable {
    /// What it wants of the client's certificate.
    enum ClientCertificatePolicy: Sendable {
        /// Not asked for.
        case ignored
        /// Asked for, none or any will do.
        case optional
        /// One of `TestPKI.authority` is required.
        case required
    }

    /// On 127.0.0.1.
    let port: UInt16
    /// The process: log, signals, freezing.
    let process: ServerProcess
    private let scratch: ScratchDirectory

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - certificate: what it shows.
    ///   - policy: what it wants of the client's certificate.
    ///   - options: further options of `openssl s_server`, such as `-tls1_2`.
    /// - Throws: `Program.Missing`, `ServerProcess.Failure` with the log.
    init(
        certificate: ServerCertificate = .good, clientCertificate policy: ClientCertificatePolicy = .ignored,
        options: [String] = [], port: UInt16? = nil
    ) throws {
        self.port = try port ?? FreePorts.reserve()
        scratch = try ScratchDirectory("s_server")
        let pki = try TestPKI.shared()
        let files = pki.server(certificate)
        var arguments = [
            "s_server", "-quiet", "-accept", "127.0.0.1:\(self.port)", "-cert", files.certificate, "-key", files.key,
            "-CAfile", pki.authority,
        ]
        switch policy {
        case .ignored: break
        case .optional: arguments += ["-verify", "2"]
        case .required: arguments += ["-Verify", "2", "-verify_return_error"]
        }
        process = try ServerProcess(
            "openssl s_server", .init(try Program.openssl.path(), arguments + options, input: .open),
            in: scratch)
        try process.waitUntilListening(on: [self.port])
    }

    /// What it received, with what OpenSSL says about connections.
    var log: String { process.log }

    /// Sends text to the client that is connected.
    func send(_ text: String) throws { try process.send(Array(text.utf8)) }

    /// Ends it.
    func stop() { process.stop() }
}
