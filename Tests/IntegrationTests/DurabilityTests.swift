import Foundation
import TestSupport
import Testing

/// A change has reached the disk before it is answered.
@Suite struct DurabilityTests {
    @Test func `each change is followed by a sync of the database before its answer`() throws {
        let server = try APIServerProcess(.init())
        let scratch = try ScratchDirectory("strace")
        let trace = scratch.file("trace")
        let tracer = try ServerProcess(
            "strace",
            .init(
                try Program.strace.path(),
                [
                    "-f", "--decode-fds=path", "-e", "trace=fdatasync,fsync", "-o", trace,
                    "-p", String(server.process.processID),
                ]), in: scratch)
        try tracer.waitForLog(containing: "attached")
        let client = server.client()
        func syncs() throws -> Int {
            try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
                .filter { $0.contains("sync(") && $0.contains("callbridge.sqlite-wal") }.count
        }
        let before = try syncs()
        for round in 1...20 {
            #expect(try server.put(["uniqueName": "cb\(round)"], over: client).status == 200)
            #expect(try syncs() >= before + round)
        }
        // The same again is nothing to write.
        let after = try syncs()
        #expect(try server.put(["uniqueName": "cb20"], over: client).status == 200)
        #expect(try syncs() == after)
        tracer.stop()
        try server.stop()
    }
}
