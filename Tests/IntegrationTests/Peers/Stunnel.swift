import TestSupport

/// A real stunnel that ends TLS in front of a server's plain port. A client certificate of `TestPKI.authority` is
/// required.
///
/// With the server behind it away it still completes the TLS handshake, and closes.
final class Stunnel: Sendable {
    /// Direct TLS, on 127.0.0.1.
    let port: UInt16
    /// The process: log, signals, freezing.
    let process: ServerProcess
    private let scratch: ScratchDirectory

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - backend: the plain port on 127.0.0.1 that it leads to; nobody needs to listen there.
    ///   - certificate: what it shows.
    ///   - newestVersion: `TLSv1.2` or `TLSv1.3`.
    /// - Throws: `Program.Missing`, `ServerProcess.Failure` with the log.
    init(backend: UInt16, certificate: ServerCertificate = .good, newestVersion: String = "TLSv1.3") throws {
        port = try FreePorts.reserve()
        scratch = try ScratchDirectory("stunnel")
        let pki = try TestPKI.shared()
        let files = pki.server(certificate)
        let configuration = try scratch.write(
            """
            foreground = yes
            pid =
            syslog = no
            debug = info
            [components]
            accept = 127.0.0.1:\(port)
            connect = 127.0.0.1:\(backend)
            cert = \(files.certificate)
            key = \(files.key)
            CAfile = \(pki.authority)
            requireCert = yes
            verifyChain = yes
            sslVersionMin = TLSv1.2
            sslVersionMax = \(newestVersion)
            TIMEOUTclose = 0

            """, to: "stunnel.conf")
        process = try ServerProcess(
            "stunnel", .init(try Program.stunnel4.path(), [configuration]), in: scratch)
        try process.waitUntilListening(on: [port])
    }

    /// What it logged.
    var log: String { process.log }

    /// Ends it, with the connections that it carries.
    func stop() { process.stop() }
}
