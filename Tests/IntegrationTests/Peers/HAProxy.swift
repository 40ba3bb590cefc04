import TestSupport

/// A real haproxy that ends TLS in front of a server's plain port, as sites do whose XMPP server has no TLS port for
/// components. A client certificate of `TestPKI.authority` is required.
///
/// With the server behind it away it still completes the TLS handshake, is silent for some seconds, and closes.
final class HAProxy: Sendable {
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
        scratch = try ScratchDirectory("haproxy")
        let pki = try TestPKI.shared()
        let configuration = try scratch.write(
            """
            global
              maxconn 100
            defaults
              mode tcp
              timeout connect 5s
              timeout client 1h
              timeout server 1h
            frontend components
              bind 127.0.0.1:\(port) ssl crt \(pki.server(certificate).combined) ca-file \(pki.authority) \
            verify required ssl-min-ver TLSv1.2 ssl-max-ver \(newestVersion)
              default_backend xmpp
            backend xmpp
              server only 127.0.0.1:\(backend)

            """, to: "haproxy.cfg")
        // -db: stay in the foreground, as one process.
        process = try ServerProcess(
            "haproxy", .init(try Program.haproxy.path(), ["-db", "-f", configuration]), in: scratch)
        try process.waitUntilListening(on: [port])
    }

    /// What it logged.
    var log: String { process.log }

    /// Starts it again after its end, on the same port.
    func restart() throws {
        try process.restart()
        try process.waitUntilListening(on: [port])
    }

    /// Ends it, with the connections that it carries.
    func stop() { process.stop() }
}
