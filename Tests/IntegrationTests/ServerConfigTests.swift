import Foundation
import TestSupport
import Testing

/// `api-server server-config`: XMPP servers that run with exactly what it printed.
@Suite struct ServerConfigTests {
    /// One with everything that could mean something in Lua or YAML.
    private static let secret = #"a"b\c #ü: {x} %s ]] 😀"#

    private let scratch: ScratchDirectory
    private let port: UInt16

    init() throws {
        scratch = try ScratchDirectory("server-config")
        port = try FreePorts.reserve()
    }

    /// What it prints for the component `cb1` of `example.test`, with the certificates of the tests.
    private func print(_ kind: String, _ arguments: [String]) throws -> String {
        let pki = try TestPKI.shared()
        let files = pki.server(.good)
        let certificates =
            kind == "prosody"
            ? ["--server-certificate", files.certificate, "--server-key", files.key]
            : ["--server-certificate", files.combined]
        let run = try APIServerRun(
            ["server-config", kind, "--server-host", "xmpp1.example.test", "--port", "\(port)"] + certificates
                + ["--client-ca-file", pki.authority] + arguments, in: scratch)
        try #require(run.exit == .code(0), "\(run.output)")
        return run.output
    }

    private var given: [String] {
        get throws {
            [
                "--unique-name", "CB1", "--domain", "Example.test.", "--shared-secret-file",
                try scratch.write(Self.secret + "\n", to: "secret"),
            ]
        }
    }

    /// A zone with the record that a file has in its comments.
    private func zone(from file: String) throws -> DNSZone {
        let record = "_xmpp-component._tcp.example.test. IN SRV 0 0 \(port) xmpp1.example.test."
        try #require(file.split(separator: "\n").contains { $0.hasSuffix("   \(record)") }, "\(file)")
        return try DNSZone([
            .component(of: "example.test", at: "xmpp1.example.test", port: port),
            .addresses("xmpp1.example.test", ["127.0.0.1"]),
        ])
    }

    /// A Prosody with what any Prosody has, and the file included.
    private func startProsody(_ file: String) throws -> ServerProcess {
        try scratch.write(file, to: "callbridge.cfg.lua")
        let configuration = try scratch.write(
            """
            run_as_root = true
            pidfile = "\(scratch.path)/prosody.pid"
            data_path = "\(try scratch.makeDirectory("data"))"
            certificates = "\(try scratch.makeDirectory("certificates"))"
            log = { { levels = { min = "debug" }, to = "console" } }
            interfaces = { "127.0.0.1" }
            modules_enabled = { "disco", "ping" }
            c2s_ports = { }
            s2s_ports = { }
            component_ports = { }

            VirtualHost "example.test"

            Include "callbridge.cfg.lua"

            """, to: "prosody.cfg.lua")
        let process = try ServerProcess(
            "prosody", .init(try Program.prosody.path(), ["--config", configuration, "-F"]), in: scratch)
        try process.waitUntilListening(on: [port])
        return process
    }

    /// An ejabberd with listeners of its own, and the file included.
    private func startEjabberd(_ file: String) throws -> ServerProcess {
        let clients = try FreePorts.reserve()
        let configuration = try scratch.write(
            """
            hosts: [example.test]
            loglevel: debug
            log_rotate_size: infinity
            auth_method: internal
            listen:
              - port: \(clients)
                ip: 127.0.0.1
                module: ejabberd_c2s
            include_config_file:
              - "\(try scratch.write(file, to: "callbridge.yml"))"

            """, to: "ejabberd.yml")
        let process = try Ejabberd.start(configuration, in: scratch)
        try process.waitUntilListening(on: [port, clients], within: .seconds(120))
        return process
    }

    /// Connects with the settings that were printed, by DNS.
    private func connect(showing client: ClientCertificate? = .callbridge, to file: String) throws -> APIServerProcess {
        let zone = try zone(from: file)
        let server = try APIServerProcess(.trusting(showing: client, dnsServer: zone.address))
        try server.configure(["sharedSecret": Self.secret])
        _ = try withExtendedLifetime(zone) {
            try server.waitForStatus(within: .seconds(60)) { $0.state == "connected" || $0.lastFailure != nil }
        }
        return server
    }

    @Test func `a bridge connects to a Prosody with the printed file`() throws {
        let file = try print("prosody", given)
        let prosody = try startProsody(file)
        let status = try connect(to: file).status()
        #expect(status.state == "connected", "\(status) \(prosody.log)")
        #expect(status.server == "xmpp1.example.test:\(port)")
        #expect(status.tls?.mutual == true)
    }

    @Test func `that Prosody requires a certificate`() throws {
        let file = try print("prosody", given)
        let prosody = try startProsody(file)
        for client in [nil, ClientCertificate.callbridgeOther] {
            let server = try connect(showing: client, to: file)
            #expect(try server.waitForFailure().reason == "clientCertificateRejected")
        }
        #expect(!prosody.log.contains("External component successfully authenticated"))
    }

    @Test func `a bridge connects to an ejabberd with the printed file`() throws {
        let file = try print("ejabberd", given)
        let ejabberd = try startEjabberd(file)
        let status = try connect(to: file).status()
        #expect(status.state == "connected", "\(status) \(ejabberd.log)")
        #expect(status.tls?.mutual == true)
    }

    @Test func `stored settings are printed while a server runs on them, and nothing changes`() throws {
        let server = try APIServerProcess(.init())
        try server.configure(["sharedSecret": Self.secret, "serverAddressOverride": "xmpp1.example.test:1"])
        let stored = ["--database", server.databasePath]
        for kind in ["prosody", "ejabberd"] {
            #expect(try print(kind, stored) == print(kind, given))
            // What is given goes before what is stored.
            let other = try print(kind, stored + ["--unique-name", "cb2"])
            #expect(other.contains("\"cb2.example.test\"") && !other.contains("cb1.example.test"))
        }
        #expect(try server.status().revision == 1)
        #expect(try server.put(["uniqueName": "cb3"]).status == 200)
        try server.stop()
        #expect(try print("prosody", stored).contains("Component \"cb3.example.test\""))
        for end in ["-wal", "-shm"] {
            #expect(!FileManager.default.fileExists(atPath: server.databasePath + end), "left behind: \(end)")
        }
    }
}
