import Foundation
import Glibc
import TestSupport
import Testing

/// What a service manager hears of the server: systemd's protocol, sd_notify(3).
@Suite struct ServiceManagerTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("manager")
    }

    private func server(_ socket: NotifySocket, _ environment: [String: String] = [:]) throws -> APIServerProcess {
        var options = try APIServerProcess.Options.trusting()
        options.environment = environment.merging(["NOTIFY_SOCKET": socket.name]) { $1 }
        return try APIServerProcess(options)
    }

    @Test func `it is told when the server is ready, what the connection does, and that it stops`() throws {
        let prosody = try Prosody()
        let socket = try NotifySocket(scratch.file("notify"))
        let server = try server(socket)
        #expect(
            try socket.line("STATUS=not configured")
                == "STATUS=not configured: uniqueName, domain, sharedSecret missing")
        try socket.line("READY=1")
        try server.configure(["serverAddressOverride": "127.0.0.1:\(try FreePorts.reserve())"])
        let waiting = try socket.line("STATUS=not connected")
        #expect(
            waiting.wholeMatch(
                of: /STATUS=not connected: connectionRefused at tcpConnect; next attempt at 20[-0-9T:.]+Z/) != nil,
            "\(waiting)")
        let address = "localhost:\(prosody.port)"
        try server.configure(["serverAddressOverride": address])
        #expect(try socket.line("STATUS=connecting to").hasPrefix("STATUS=connecting to \(address)"))
        #expect(
            try socket.line("STATUS=connected")
                == "STATUS=connected to \(address) as \(try server.status().jid ?? "nobody")")
        try server.stop()
        try socket.drain()
        #expect(socket.lines.suffix(2) == ["STOPPING=1", "STATUS=stopping"])
        #expect(socket.lines.count { $0 == "READY=1" } == 1)
        #expect(!socket.lines.contains { $0.hasPrefix("WATCHDOG") })
    }

    @Test func `files that are read anew are a reload`() throws {
        let socket = try NotifySocket("@callbridge-test-\(UUID().uuidString)")
        let server = try server(socket)
        try socket.line("READY=1")
        server.process.send(signal: SIGHUP)
        try socket.line("RELOADING=1")
        try socket.line("READY=1")
        let moment = try #require(socket.lines.first { $0.hasPrefix("MONOTONIC_USEC=") })
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        let then = try #require(Int64(moment.dropFirst("MONOTONIC_USEC=".count)))
        #expect(then <= now && then > now - 60_000_000)
    }

    @Test func `signs of life come for as long as they are wanted`() throws {
        let socket = try NotifySocket(scratch.file("notify"))
        let server = try server(socket, ["WATCHDOG_USEC": "20000"])
        for _ in 0..<5 { try socket.line("WATCHDOG=1") }
        // The process gets no time: neither does the manager get a sign.
        server.process.freeze()
        try socket.drain()
        #expect(throws: NotifySocket.Missing.self) { try socket.line("WATCHDOG=1", within: .seconds(1)) }
        server.process.thaw()
        try socket.line("WATCHDOG=1")
    }

    @Test(arguments: [["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"], ["WATCHDOG_USEC": "0"], ["WATCHDOG_USEC": "x"]])
    func `signs of life that are meant for another process do not come`(environment: [String: String]) throws {
        let socket = try NotifySocket(scratch.file("notify"))
        let server = try server(socket, environment)
        try socket.line("READY=1")
        try server.stop()
        try socket.drain()
        #expect(!socket.lines.contains("WATCHDOG=1"))
        #expect(socket.lines.contains("STOPPING=1"))
    }

    @Test func `a manager that is behind hears all the same that the server is ready`() throws {
        let socket = try NotifySocket(scratch.file("notify"))
        let filled = socket.fill()
        #expect(filled > 0)
        let server = try server(socket)
        // What it says before and does not wait for is lost.
        #expect(try server.status().state == "notConfigured")
        try socket.line("READY=1")
        #expect(socket.lines == Array(repeating: "FILLED", count: filled) + ["READY=1"])
        try server.stop()
    }

    @Test func `a manager that does not read, or is not there, holds nothing up`() throws {
        let socket = try NotifySocket(scratch.file("notify"))
        // Far more than the socket holds.
        let server = try server(socket, ["WATCHDOG_USEC": "200"])
        try server.configure(["serverAddressOverride": "127.0.0.1:\(try FreePorts.reserve())"])
        #expect(try server.waitForStatus { $0.lastFailure != nil }.revision == 1)
        try server.stop()
        var options = try APIServerProcess.Options.trusting()
        options.environment = ["NOTIFY_SOCKET": scratch.file("none")]
        let alone = try APIServerProcess(options)
        #expect(try alone.status().state == "notConfigured")
        try alone.stop()
    }
}
