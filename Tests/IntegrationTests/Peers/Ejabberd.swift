import Foundation
import TestSupport

/// A real ejabberd on ports of its own: XMPP domain `example.test`, components `cb1` and `cb2` of it, and another local
/// host, `local.example.test`, whose name no component can have.
///
/// It is started without Erlang's distribution: no node name, no epmd, so any number can run at a time, as any user.
final class Ejabberd: Sendable {
    /// Direct TLS; ejabberd asks for a client certificate and enforces nothing.
    let port: UInt16
    /// No TLS.
    let plainPort: UInt16
    /// For clients, with STARTTLS.
    let clientPort: UInt16
    /// HTTPS, with the page of `Tests/Login` under `/login/` and XMPP over WebSocket.
    let webPort: UInt16
    /// The process: log, signals, freezing.
    let process: ServerProcess
    private let scratch: ScratchDirectory

    /// The secret of a component: `cb1` or `cb2`.
    static func secret(_ name: String) -> String { "ejabberd-secret-of-\(name)" }

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - certificate: what it shows.
    ///   - ports: for `port` and `plainPort`; free ones where nil.
    ///   - authentication: lines of its configuration about the logins of clients.
    /// - Throws: `Program.Missing`, `ServerProcess.Failure` with the log.
    init(
        certificate: ServerCertificate = .good, ports: (UInt16, UInt16)? = nil,
        authentication: String = "auth_method: internal"
    ) throws {
        let free = try FreePorts.reserve(4)
        (port, plainPort) = ports ?? (free[0], free[1])
        (clientPort, webPort) = (free[2], free[3])
        scratch = try ScratchDirectory("ejabberd")
        let pki = try TestPKI.shared()
        let configuration = try scratch.write(
            Self.configuration(
                certificate: pki.server(certificate).combined, authority: pki.authority, port: port,
                plainPort: plainPort)
                + Self.clients(port: clientPort, webPort: webPort) + authentication + "\n", to: "ejabberd.yml")
        process = try Self.start(configuration, in: scratch)
        try waitUntilListening()
    }

    /// What it logged, all runs.
    var log: String { process.log }

    /// Ends it as a service manager would, with SIGTERM; takes about a second on an idle machine.
    func stop() { process.stop(within: .seconds(60)) }

    /// Ends it, if it still runs, and starts it again on the same ports.
    func restart() throws {
        stop()
        try process.restart()
        try waitUntilListening()
    }

    private func waitUntilListening() throws {
        try process.waitUntilListening(on: [port, plainPort, clientPort, webPort], within: .seconds(120))
    }

    /// Starts an ejabberd with a configuration file, its other files in the same directory.
    static func start(_ configuration: String, in scratch: ScratchDirectory) throws -> ServerProcess {
        let libraries = try libraries()
        // It has no name to look up but its own.
        let names = try scratch.write(
            #"{lookup, ["file"]}. {host, {127,0,0,1}, ["localhost"]}."# + "\n", to: "inetrc")
        return try ServerProcess(
            "ejabberd",
            .init(
                try Program.erl.path(),
                // Schedulers that spin and wait for each other make a start on a busy machine last a minute, not seconds.
                [
                    "+S", "1:1", "+SDcpu", "1:1", "+SDio", "1", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio",
                    "none",
                    "-noinput", "-mnesia", "dir", "\"\(try scratch.makeDirectory("database"))\"",
                    "-ejabberd", "log_rotate_size", "infinity", "-s", "ejabberd",
                ],
                environment: [
                    "HOME": scratch.path, "ERL_LIBS": libraries, "ERL_INETRC": names, "ERL_CRASH_DUMP_BYTES": "0",
                    "EJABBERD_CONFIG_PATH": configuration, "EJABBERD_LOG_PATH": scratch.file("ejabberd-file.log"),
                ]),
            in: scratch)
    }

    /// The directory with ejabberd's Erlang libraries: Debian's, which is named for the machine, or the upstream one.
    private static func libraries() throws -> String {
        let candidates = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        for directory in (candidates.filter { $0.hasSuffix("-linux-gnu") }).map({ "/usr/lib/\($0)" }) + ["/usr/lib"] {
            let packages = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            if packages.contains(where: { $0.hasPrefix("ejabberd-") }) { return directory }
        }
        throw Program.Missing(what: "ejabberd", package: "ejabberd")
    }

    private static func configuration(
        certificate: String, authority: String, port: UInt16, plainPort: UInt16
    ) -> String {
        let components = """
                hosts:
                  cb1.example.test: { password: "\(secret("cb1"))" }
                  cb2.example.test: { password: "\(secret("cb2"))" }
                global_routes: false
            """
        return """
            hosts: [example.test, local.example.test]
            loglevel: debug
            log_rotate_size: infinity
            certfiles: ["\(certificate)"]
            ca_file: "\(authority)"
            modules:
              mod_disco: {}
              mod_ping: {}
              mod_version: { show_os: false }
              mod_http_fileserver:
                docroot: "\(RepositoryRoot.path("Tests/Login/page"))"
                directory_indices: [index.html]
            listen:
              - port: \(port)
                ip: 127.0.0.1
                module: ejabberd_service
                tls: true
                certfile: "\(certificate)"
                cafile: "\(authority)"
            \(components)
              - port: \(plainPort)
                ip: 127.0.0.1
                module: ejabberd_service
            \(components)

            """
    }

    /// Further listeners.
    private static func clients(port: UInt16, webPort: UInt16) -> String {
        """
          - port: \(port)
            ip: 127.0.0.1
            module: ejabberd_c2s
            starttls_required: true
          - port: \(webPort)
            ip: 127.0.0.1
            module: ejabberd_http
            tls: true
            request_handlers:
              /login: mod_http_fileserver
              /xmpp-websocket: ejabberd_http_ws

        """
    }
}
