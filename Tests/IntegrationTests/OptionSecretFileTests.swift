import Foundation
import TestSupport
import Testing

/// A warning for each file with a secret that others than its owner may read.
@Suite struct OptionSecretFileTests {
    private func set(_ mode: Int, of path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test func `each exposed file is named with its mode, others are not`() throws {
        let scratch = try ScratchDirectory("secrets")
        let pki = try TestPKI.shared()
        func copy(_ file: String, _ name: String, _ mode: Int) throws -> String {
            try scratch.write(String(contentsOfFile: file, encoding: .utf8), to: name, mode: mode)
        }
        let server = pki.server(.good)
        let client = pki.client(.callbridge)
        let keys = [
            "tls": try copy(server.key, "tls.key", 0o644), "xmpp": try copy(client.key, "xmpp.key", 0o640),
            "password": try scratch.write("right", to: "password", mode: 0o604),
        ]
        let ports = try FreePorts.reserve(2)
        func arguments(_ tls: [String]) -> [String] {
            [
                "serve", "--listen", "127.0.0.1:\(ports[0])", "--listen-http", "127.0.0.1:\(ports[1])", "--database",
                scratch.file("db"), "--admin-password-file", keys["password"] ?? "", "--xmpp-certificate",
                client.certificate, "--xmpp-key", keys["xmpp"] ?? "",
            ] + tls
        }
        func log(_ arguments: [String]) throws -> String {
            let directory = try ScratchDirectory("log")
            let process = try ServerProcess(
                "api-server", .init(try APIServerProcess.binary(), arguments), in: directory)
            try process.waitForLog(containing: "listening address=http://")
            #expect(process.stop() == .code(0))
            return process.log
        }
        func warning(_ path: String, _ mode: String) -> String {
            "warning api-server: others may read a file with a secret file=\(path) mode=\(mode)\n"
        }

        let first = try log(arguments(["--tls-certificate", server.certificate, "--tls-key", keys["tls"] ?? ""]))
        #expect(first.contains(warning(scratch.file("tls.key"), "0644")))
        #expect(first.contains(warning(scratch.file("xmpp.key"), "0640")))
        #expect(first.contains(warning(scratch.file("password"), "0604")))
        #expect(first.components(separatedBy: "others may read").count == 4)

        // The password's file is of no use any more; what was made is for its owner alone.
        try set(0o600, of: scratch.file("xmpp.key"))
        #expect(try !log(arguments([])).contains("others may read"))

        try set(0o644, of: scratch.file("db.key"))
        try set(0o660, of: scratch.file("db"))
        let third = try log(arguments([]))
        #expect(third.contains(warning(scratch.file("db.key"), "0644")))
        #expect(third.contains(warning(scratch.file("db"), "0660")))
        #expect(third.components(separatedBy: "others may read").count == 3)
    }
}
