import Foundation
import TestSupport
import Testing

/// A change has reached the disk before it is answered.
@Suite struct DurabilityTests {
    @Test func `each change is followed by a sync of the database before its answer`() throws {
        let scratch = try ScratchDirectory("strace")
        let port = try FreePorts.reserve()
        let trace = scratch.file("trace")
        let password = try scratch.write("pw\n", to: "password")
        let server = try ServerProcess(
            "strace",
            .init(
                try Program.strace.path(),
                [
                    "-f", "--decode-fds=path", "-e", "trace=fdatasync,fsync", "-o", trace,
                    try APIServerProcess.binary(),
                    "serve", "--listen-http", "127.0.0.1:\(port)", "--database", scratch.file("callbridge.sqlite"),
                    "--admin-password-file", password,
                ]), in: scratch)
        try server.waitForLog(containing: "listening")
        let client = HTTPClient(port: port)
        client.defaultHeaders = [HTTPClient.basicCredentials(user: "admin", password: "pw")]
        func syncs() throws -> Int {
            try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
                .filter { $0.contains("sync(") && $0.contains("callbridge.sqlite-wal") }.count
        }
        let before = try syncs()
        for round in 1...20 {
            let reply = try client.request(
                "PUT", APIServerProcess.configurationPath, body: Array("uniqueName=cb\(round)".utf8))
            #expect(reply.status == 200)
            #expect(try syncs() >= before + round)
        }
        // The same again is nothing to write.
        let after = try syncs()
        _ = try client.request("PUT", APIServerProcess.configurationPath, body: Array("uniqueName=cb20".utf8))
        #expect(try syncs() == after)
    }
}
