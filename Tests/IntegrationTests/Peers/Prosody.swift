import Foundation
import TestSupport

/// A real Prosody on ports of its own: XMPP domain `example.test`, components `cb1` and `cb2` of it.
///
/// On `cb2` a new connection throws out the old one; on `cb1` it is refused. The log is at debug level.
final class Prosody: Sendable {
    /// Direct TLS; a client certificate is asked for, and none or any will do.
    let port: UInt16
    /// Direct TLS; a client certificate of `TestPKI.authority` is required.
    let mutualPort: UInt16
    /// No TLS.
    let plainPort: UInt16
    /// STARTTLS, for clients of the hosts in `logins`.
    let loginPort: UInt16
    /// HTTPS, with the page of `Tests/Login` under `/login/` and XMPP over WebSocket, where there is a host in `logins`.
    let webPort: UInt16
    /// The process: log, signals, freezing.
    let process: ServerProcess
    private let scratch: ScratchDirectory
    private let servesWeb: Bool

    /// The secret of a component, such as `cb1`.
    static func secret(_ name: String) -> String { "prosody-secret-of-\(name)" }

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - certificate: what it shows.
    ///   - addresses: where `port` and `mutualPort` are; IPv4 and IPv6 literals.
    ///   - port: a certain one, such as the default 5223; nil for a free one.
    ///   - newestVersion: `TLSv1.2` or `TLSv1.3`.
    ///   - names: further components, by their names in `example.test`, each with its secret.
    ///   - hosts: where clients may log in; at first nowhere.
    /// - Throws: `Program.Missing`, `ServerProcess.Failure` with the log.
    init(
        certificate: ServerCertificate = .good, addresses: [String] = ["127.0.0.1"], port: UInt16? = nil,
        newestVersion: String = "TLSv1.3", further names: [String] = [], logins hosts: [LoginHost] = []
    ) throws {
        let free = try FreePorts.reserve(5)
        (self.port, mutualPort, plainPort, loginPort) = (port ?? free[0], free[1], free[2], free[3])
        webPort = free[4]
        servesWeb = !hosts.isEmpty
        scratch = try ScratchDirectory("prosody")
        try scratch.makeDirectory("data")
        try scratch.makeDirectory("certificates")
        try Self.show(certificate, in: scratch)
        let configuration = try scratch.write(
            Self.configuration(
                directory: scratch.path, authority: try TestPKI.shared().authority, addresses: addresses,
                port: self.port, mutualPort: mutualPort, plainPort: plainPort, loginPort: loginPort,
                webPort: webPort, newestVersion: newestVersion)
                + names.map(Self.component).joined() + hosts.map { [scratch] in $0.section(in: scratch.path) }.joined(),
            to: "prosody.cfg.lua")
        process = try ServerProcess(
            "prosody", .init(try Program.prosody.path(), ["--config", configuration, "-F"]),
            in: scratch)
        try waitUntilListening()
    }

    /// What it logged, all runs.
    var log: String { process.log }

    /// Ends it as a service manager would, with SIGTERM.
    func stop() { process.stop() }

    /// Ends it, if it still runs, and starts it again on the same ports.
    ///
    /// - Parameter certificate: what it shows from now on; nil keeps the certificate.
    func restart(certificate: ServerCertificate? = nil) throws {
        process.stop()
        if let certificate { try Self.show(certificate, in: scratch) }
        try process.restart()
        try waitUntilListening()
    }

    /// Gives a command to its administration shell.
    func shell(_ command: String) throws {
        _ = try Program.prosodyctl.run(["--config", scratch.file("prosody.cfg.lua"), "shell", command], in: scratch)
    }

    /// Ends the stream of a component that is connected with a stream error.
    ///
    /// - Parameter error: what mod_component takes for a reason, in Lua.
    func closeStream(of name: String, with error: String) throws {
        try shell(
            #"> require("core.modulemanager").get_module("\#(name).example.test", "component").session:close(\#(error))"#
        )
    }

    private func waitUntilListening() throws {
        try process.waitUntilListening(on: [port, mutualPort, plainPort, loginPort] + (servesWeb ? [webPort] : []))
    }

    private static func show(_ certificate: ServerCertificate, in scratch: ScratchDirectory) throws {
        let files = try TestPKI.shared().server(certificate)
        try scratch.write(try String(contentsOfFile: files.certificate, encoding: .utf8), to: "server.crt")
        try scratch.write(try String(contentsOfFile: files.key, encoding: .utf8), to: "server.key")
    }
}
