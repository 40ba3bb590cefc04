import Foundation
import Glibc
import Testing
import TestSupport

/// What the tests use to run other programs, shown with `/bin/sh`.
struct ServerProcessTests {
    private func shell(_ script: String, input: ServerProcess.Input = .nothing) throws -> ServerProcess {
        try ServerProcess("shell", .init("/bin/sh", ["-c", script], input: input), in: ScratchDirectory("shell"))
    }

    @Test func `The exit status and both outputs are kept`() throws {
        let process = try shell("echo out; echo err >&2; exit 7")
        #expect(try process.waitForExit() == .code(7))
        #expect(process.exit == .code(7))
        #expect(process.log == "out\nerr\n")
    }

    @Test func `A process that obeys SIGTERM ends by itself, one that does not is killed`() throws {
        let polite = try shell("trap 'echo bye; exit 3' TERM; echo ready; while :; do read -r line; done", input: .open)
        try polite.waitForLog(containing: "ready")
        // dash runs the trap once `read` has returned.
        polite.send(signal: SIGTERM)
        try polite.send([10])
        #expect(try polite.waitForExit() == .code(3))
        #expect(polite.log.hasSuffix("bye\n"))

        let deaf = try shell("trap '' TERM; echo ready; read -r line", input: .open)
        try deaf.waitForLog(containing: "ready")
        #expect(deaf.stop(within: .milliseconds(50)) == .signal(SIGKILL))
    }

    @Test func `A frozen process does nothing, and can still be stopped`() throws {
        let process = try shell("echo ready; while read -r line; do echo got; done", input: .open)
        try process.waitForLog(containing: "ready")
        process.freeze()
        try #require(state(of: process) == "T")
        process.thaw()
        try process.send([10])
        try process.waitForLog(containing: "got")
        process.freeze()
        #expect(process.stop() == .signal(SIGTERM))
    }

    @Test func `A process restarts with the same log, and only after its end`() throws {
        let process = try shell("echo run; read -r line", input: .open)
        try process.waitForLog(containing: "run")
        #expect(throws: ServerProcess.Failure.self) { try process.restart() }
        process.kill()
        #expect(process.exit == .signal(SIGKILL))
        try process.restart()
        try process.waitForLog(containing: "run")
        #expect(process.log == "run\nrun\n")
        #expect(process.logOfThisRun == "run\n")
    }

    @Test func `Waiting for a process that has died fails at once and shows its log`() throws {
        let process = try shell("echo this is why; exit 1")
        let port = try FreePorts.reserve()
        let begin = ContinuousClock.now
        let failure = try #require(throws: ServerProcess.Failure.self) {
            try process.waitUntilListening(on: [port], within: .seconds(60))
        }
        #expect(failure.description.contains("this is why"))
        #expect(ContinuousClock.now - begin < .seconds(30))
    }

    @Test func `A listener of somebody else does not count`() throws {
        let zone = try DNSZone([])
        let process = try shell("read -r line", input: .open)
        #expect(throws: ServerProcess.Failure.self) {
            try process.waitUntilListening(on: [zone.port], within: .milliseconds(50))
        }
    }

    @Test func `The end of the object is the end of the process and of its files`() throws {
        var process: ServerProcess? = try shell("echo ready; read -r line", input: .open)
        try process?.waitForLog(containing: "ready")
        let id = try #require(process?.processID)
        let path = try #require(process?.logPath)
        process = nil
        #expect(Glibc.kill(id, 0) == -1)
        #expect(
            FileManager.default.fileExists(atPath: path)
                == (ProcessInfo.processInfo.environment["KEEP_TEST_FILES"] != nil))
    }

    @Test func `A program that is not there is an error that names it`() throws {
        let failure = try #require(throws: ServerProcess.Failure.self) {
            _ = try ServerProcess("nothing", .init("/nonexistent/program"), in: ScratchDirectory())
        }
        #expect(failure.problem.contains("/nonexistent/program"))
        #expect("\(Program.Missing(what: "prosody", package: "prosody"))".contains("Debian package prosody"))
    }

    @Test func `No port is handed out twice, from any number of threads`() throws {
        let ports = Collected<UInt16>()
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            ports.append((try? FreePorts.reserve(20)) ?? [])
        }
        #expect(Set(ports.all).count == 16 * 20)
    }

    /// The letter of proc(5)'s process state.
    private func state(of process: ServerProcess) -> Character? {
        // SIGSTOP takes effect when the kernel next looks at the process: a moment.
        for _ in 0..<1_000 {
            let stat = FileManager.default.contents(atPath: "/proc/\(process.processID)/stat") ?? Data()
            let state = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.dropFirst().first
            if state == "T" { return state }
            ServerProcess.pause()
        }
        return nil
    }
}
