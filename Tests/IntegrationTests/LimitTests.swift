import ArgumentParser
import ConfigAPI
import Foundation
import TestSupport
import Testing

@testable import api_server

/// What clients may take up, as options of `serve`: each with a limit that a test reaches.
@Suite struct LimitTests {
    private static let path = APIServerProcess.configurationPath

    private func start(_ further: [String]) throws -> APIServerProcess {
        try APIServerProcess(.init(further: further))
    }

    @Test func `each option reaches the server`() throws {
        let command = try ServeCommand.parse([
            "--max-connections=1", "--max-refused-connections=2", "--max-connections-per-address=3",
            "--max-refused-connections-per-address=4", "--max-header-size=5000", "--max-body-size=2000000",
            "--idle-timeout=7", "--request-timeout=8.5", "--response-timeout=9", "--password-attempts=10",
        ])
        var limits = HTTPServer.Limits()
        limits.connections = 1
        limits.refusedConnections = 2
        limits.connectionsPerAddress = 3
        limits.refusedConnectionsPerAddress = 4
        limits.connectionMemory = 5000
        limits.bodyBytes = 2_000_000
        limits.discardedBodyBytes = 2_000_000
        limits.idleTimeout = 7
        limits.requestDeadline = .milliseconds(8500)
        limits.responseDeadline = .seconds(9)
        #expect(command.options.clients.limits == limits)
        #expect(command.options.clients.passwordAttempts == 10)
        #expect(try ServeCommand.parse([]).options.clients.limits == HTTPServer.Limits())
    }

    @Test(arguments: [
        ("--max-connections", "--max-refused-connections"),
        ("--max-connections-per-address", "--max-refused-connections-per-address"),
    ]) func `connections over a limit are told 503, and those that are there are served on`(
        soft: String, hard: String
    ) throws {
        let server = try start([soft, "4", hard, "2"])
        let served = (0..<4).map { _ in server.client() }
        for client in served { #expect(try client.request("GET", Self.path).status == 200) }
        for number in 0..<40 {
            let other = server.client()
            // Two at a time are told, the others closed.
            if let reply = try? other.request("GET", Self.path) {
                #expect(reply.status == 503)
                #expect(reply.headers["Retry-After"] == "1")
                #expect(reply.headers["Connection"] == "close")
                #expect(reply.text.hasSuffix("<failureDetails><invalidOperation /></failureDetails>"))
            }
            #expect(try served[number % 4].request("GET", Self.path).status == 200)
        }
        try server.stop()
    }

    @Test func `heads and bodies over their limits are refused`() throws {
        let server = try start(["--max-header-size", "4096", "--max-body-size", "1024"])
        func put(_ length: Int) throws -> Int {
            let body = "domain=a&sharedSecret=" + String(repeating: "x", count: length - 22)
            return try server.client().request(
                "PUT", Self.path, headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(body.utf8)
            ).status
        }
        #expect(try put(1024) == 200)
        #expect(try put(1025) == 413)
        func get(_ length: Int) throws -> Int {
            let filler = (name: "X-Filler", value: String(repeating: "x", count: length))
            return try server.client().request("GET", Self.path, headers: [filler]).status
        }
        #expect(try get(1000) == 200)
        #expect(try get(4096) == 431)
    }

    @Test func `a client that sends byte after byte is cut off`() throws {
        let server = try start(["--request-timeout", "0.5"])
        let client = server.client(timeout: .seconds(60))
        let begin = ContinuousClock.now
        try client.raw(Array("GET \(Self.path) HTTP/1.1\r\nX: ".utf8))
        var sent = 0
        // 20 bytes a second for a minute at most.
        while sent < 1200, !client.hasEnded() {
            try client.raw([UInt8(ascii: "x")])
            sent += 1
            ServerProcess.pause(milliseconds: 50)
        }
        #expect(sent < 1200)
        #expect(begin.duration(to: .now) > .milliseconds(450))
    }

    @Test func `an idle connection is closed`() throws {
        let server = try start(["--idle-timeout", "1"])
        let client = server.client(timeout: .seconds(60))
        #expect(try client.request("GET", Self.path).status == 200)
        #expect(try client.readToEnd().isEmpty)
    }

    @Test func `a client that does not take its answers is cut off`() throws {
        let server = try start(["--response-timeout", "0.5", "--idle-timeout", "3600"])
        let client = server.client(timeout: .seconds(60))
        // Answers that nobody reads, until the buffers of both ends are full; the server then takes no more requests.
        let request = Array("GET \(Self.path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        let requests = Array(repeating: request, count: 1000).flatMap(\.self)
        let cut = "slow connection cut"
        for _ in 0..<500 where !server.log.contains(cut) { try client.raw(requests) }
        #expect(server.log.contains(cut))
        #expect(try server.client().request("GET", Self.path).status == 200)
    }

    // MARK: Open files

    private func limited(_ files: Int, in scratch: ScratchDirectory, port: UInt16) throws -> ServerProcess {
        let command = "ulimit -n \(files); exec \"$@\""
        return try ServerProcess(
            "api-server",
            .init(
                "/bin/sh",
                [
                    "-c", command, "sh", try APIServerProcess.binary(), "serve", "--listen-http", "127.0.0.1:\(port)",
                    "--database", scratch.file("db"),
                ]), in: scratch)
    }

    @Test func `too few open files are fewer connections, which is told`() throws {
        let scratch = try ScratchDirectory("limits")
        let process = try limited(1000, in: scratch, port: try FreePorts.reserve())
        try process.waitForLog(containing: "listening address=")
        let line = try #require(process.log.split(separator: "\n").first { $0.contains("--max-connections") })
        #expect(line.contains("fewer are served"))
        for part in ["limit=1000", "needed=4356", "connections=644"] { #expect(line.contains(part), "\(line)") }
        #expect(process.stop() == .code(0))
    }

    @Test func `far too few open files are an error, and nothing is left behind`() throws {
        let scratch = try ScratchDirectory("limits")
        let process = try limited(300, in: scratch, port: try FreePorts.reserve())
        #expect(try process.waitForExit() == .code(1))
        #expect(
            process.log == "api-server: The limit of open files is too low: it is 300, and 4356 are needed.\n")
        #expect(!FileManager.default.fileExists(atPath: scratch.file("db")))
    }

    // MARK: Guessing

    private func get(_ server: APIServerProcess, _ user: String, _ password: String) throws -> HTTPReply {
        try server.client(of: user, password: password).request("GET", Self.path)
    }

    @Test func `wrong passwords add up to a 429, which the log tells once`() throws {
        let server = try start(["--password-attempts", "3"])
        #expect(try get(server, "admin", server.password).status == 200)
        for _ in 0..<3 { #expect(try get(server, "admin", "wrong").status == 401) }
        for password in ["wrong", server.password, server.password] {
            let reply = try get(server, "admin", password)
            #expect(reply.status == 429)
            #expect((1...60).contains(try #require(reply.headers["Retry-After"].flatMap { Int($0) })))
        }
        #expect(try get(server, "other", "wrong").status == 401)
        try server.stop()
        #expect(server.log.components(separatedBy: "too many wrong passwords").count == 2)
        #expect(server.log.components(separatedBy: "API user refused").count == 5)
        #expect(!server.log.contains(server.password))
    }

    @Test func `without that limit nobody has to wait`() throws {
        let server = try start(["--password-attempts", "0"])
        for _ in 0..<12 { #expect(try get(server, "admin", "wrong").status == 401) }
        #expect(try get(server, "admin", server.password).status == 200)
    }
}
