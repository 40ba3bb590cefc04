import Foundation
import GRDB
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// What can go wrong with the database under a running server: changes are refused, everything else goes on, and once the
/// cause is gone changes are taken again.
@Suite struct StoreFaultTests {
    private let prosody: Prosody
    private let scratch: ScratchDirectory

    init() throws {
        prosody = try Prosody()
        scratch = try ScratchDirectory("faults")
    }

    /// A server that is connected, with a log that has been emptied by the change of the secret.
    private func connectedServer(diskSize: Int? = nil) throws -> APIServerProcess {
        var options = try APIServerProcess.Options.trusting()
        options.diskSize = diskSize
        let server = try APIServerProcess(options)
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        try server.addBridgeUser("alice@example.test", password: "right")
        return server
    }

    /// Changes are refused and everything else goes on.
    /// - Parameter log: what the administrator is told.
    private func expectRefusal(
        _ server: APIServerProcess, log: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try server.status()
        #expect(before.state == "connected", sourceLocation: sourceLocation)
        let client = server.client(timeout: .seconds(20))
        let path = APIServerProcess.configurationPath
        let configuration = try client.request("GET", path).text
        for (method, path, parameters) in [
            ("PUT", path, ["uniqueName": "cb2", "sharedSecret": Prosody.secret("cb2")]),
            ("PUT", "\(path)/login", ["mode": "users"]),
            ("POST", "/api/v1/users", ["userJid": "bob@example.test", "password": "pw"]),
        ] {
            let reply = try server.send(method, path, parameters, over: client)
            #expect(reply.status == 503, "\(path)", sourceLocation: sourceLocation)
            #expect(reply.text.contains("<databaseNotReady />"), "\(path)", sourceLocation: sourceLocation)
            #expect(reply.headers["Retry-After"] == "1", "\(path)", sourceLocation: sourceLocation)
        }
        for read in [path, "\(path)/status", "\(path)/login", "\(path)/attempts", "/api/v1/events", "/api/v1/users"] {
            #expect(try client.request("GET", read).status == 200, "\(read)", sourceLocation: sourceLocation)
        }
        #expect(try client.request("GET", path).text == configuration, sourceLocation: sourceLocation)
        // Somebody whose password is not remembered.
        #expect(
            try server.client(of: "admin", password: "wrong").request("GET", path).status == 401,
            sourceLocation: sourceLocation)
        let ready = try client.request("GET", "/readyz?xmpp=required")
        #expect(ready.status == 503 && ready.text == "store: not usable\n", sourceLocation: sourceLocation)
        let after = try server.status()
        #expect(after.state == "connected" && after.since == before.since, sourceLocation: sourceLocation)
        #expect(after.revision == before.revision, sourceLocation: sourceLocation)
        #expect(server.log.contains("settings could not be stored error=\(log)"), sourceLocation: sourceLocation)
    }

    /// Changes are taken again, and outlast a kill.
    private func expectRecovery(
        _ server: APIServerProcess, restarts: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try server.status()
        let client = server.client(timeout: .seconds(20))
        let change = ["uniqueName": "cb2", "sharedSecret": Prosody.secret("cb2")]
        #expect(try server.put(change, over: client).status == 200, sourceLocation: sourceLocation)
        #expect(
            try server.send(
                "POST", "/api/v1/users", ["userJid": "bob@example.test", "password": "pw"], over: client
            ).status == 200, sourceLocation: sourceLocation)
        #expect(try server.waitUntilConnected().revision == before.revision + 1, sourceLocation: sourceLocation)
        // The last outcome holds for a second.
        let deadline = ContinuousClock.now + .seconds(10)
        while try client.request("GET", "/readyz?xmpp=required").status != 200 {
            guard ContinuousClock.now < deadline else {
                Issue.record("still not ready", sourceLocation: sourceLocation)
                break
            }
            ServerProcess.pause(milliseconds: 50)
        }
        guard restarts else { return }
        server.kill()
        try server.restart()
        let after = try server.waitUntilConnected()
        #expect(after.revision == before.revision + 1, sourceLocation: sourceLocation)
        #expect(
            try server.client().request("GET", "/api/v1/users").text.contains("bob@example.test"),
            sourceLocation: sourceLocation)
        try server.stop()
    }

    @Test func `a full disk`() throws {
        let server = try connectedServer(diskSize: 1024)
        let filler = server.databaseDirectory + "/filler"
        let descriptor = open(filler, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        let block = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
        #expect(errno == ENOSPC)
        close(descriptor)
        try expectRefusal(server, log: "\"database or disk is full\"")
        try FileManager.default.removeItem(atPath: filler)
        // Its disk ends with the process.
        try expectRecovery(server, restarts: false)
        try server.stop()
    }

    /// Lets a system call of the server's fail, for as long as the result runs.
    private func inject(_ fault: String, into server: APIServerProcess) throws -> ServerProcess {
        let call = try #require(fault.split(separator: ":").first)
        let tracer = try ServerProcess(
            "strace \(UUID().uuidString)",
            .init(
                try Program.strace.path(),
                [
                    "-f", "-e", "trace=\(call)", "-e", "inject=\(fault)", "-o", "/dev/null",
                    "-p", String(server.process.processID),
                ]), in: scratch)
        try tracer.waitForLog(containing: "attached")
        return tracer
    }

    /// As a file system behaves that the kernel has made read-only, or a disk that is gone.
    @Test(arguments: ["pwrite64:error=EROFS", "pwrite64:error=EIO", "fdatasync:error=EIO"])
    func `a disk that can't be written`(fault: String) throws {
        let server = try connectedServer()
        let tracer = try inject(fault, into: server)
        try expectRefusal(server, log: "\"disk I/O error\"")
        tracer.stop()
        try expectRecovery(server)
    }

    /// The change stands whole in the log by then.
    @Test func `a change that could not be synced is not there after a kill`() throws {
        let server = try connectedServer()
        let path = APIServerProcess.configurationPath
        let refused: [(String, String, [String: String])] = [
            ("PUT", path, ["uniqueName": "cb2"]), ("PUT", "\(path)/login", ["mode": "users"]),
            ("POST", "/api/v1/users", ["userJid": "bob@example.test", "password": "pw"]),
        ]
        func state() throws -> [String] {
            let client = server.client()
            return try [path, "\(path)/login", "/api/v1/users"].map { try client.request("GET", $0).text }
        }
        let before = try state()
        for (method, path, parameters) in refused {
            let tracer = try inject("fdatasync:error=EIO", into: server)
            #expect(try server.send(method, path, parameters).status == 503)
            server.kill()
            _ = try tracer.waitForExit()
            try server.restart()
            #expect(try state() == before)
        }
        try server.stop()
    }

    @Test func `nobody starts on a disk that is read-only`() throws {
        try scratch.makeDirectory("disk")
        let database = scratch.file("disk/db")
        let user = ["user", "add", "admin", "--role", "admin", "--password-file", "-", "--database", database]
        try #require(try APIServerRun(user, input: "pw", in: scratch) == .silent)
        let mount = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\""
        let serve = [try APIServerProcess.binary(), "serve", "--listen-http", "127.0.0.1:0", "--database", database]
        let process = try ServerProcess(
            "read-only",
            .init("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", mount, scratch.file("disk")] + serve), in: scratch)
        #expect(try process.waitForExit() == .code(1))
        #expect(process.log == "api-server: The database \(database) can't be opened: Read-only file system.\n")
    }

    @Test func `a database that another process has locked`() throws {
        let server = try connectedServer()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: server.databasePath, configuration: configuration)
        try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
        // Sixteen that come together wait together.
        let start = ContinuousClock.now
        let replies = NIOLockedValueBox<[Int]>([])
        let writers = (0..<16).map { number in
            BackgroundThread {
                let reply = try server.put(["uniqueName": "w\(number)"], over: server.client(timeout: .seconds(60)))
                replies.withLockedValue { $0.append(reply.status) }
            }
        }
        let reader = server.client()
        while replies.withLockedValue({ $0.isEmpty }) {
            let begin = ContinuousClock.now
            #expect(try server.status(over: reader).state == "connected")
            #expect(try reader.request("GET", APIServerProcess.configurationPath).status == 200)
            #expect(begin.duration(to: .now) < .seconds(3), "who reads does not wait for who writes")
            ServerProcess.pause(milliseconds: 50)
        }
        for writer in writers { try writer.join() }
        #expect(replies.withLockedValue { $0 } == Array(repeating: 503, count: 16))
        #expect(start.duration(to: .now) < .seconds(20))
        try expectRefusal(server, log: "\"database is locked\"")
        try other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try other.close()
        try expectRecovery(server)
    }

    @Test func `a corrupted page`() throws {
        let server = try connectedServer()
        let other = try DatabaseQueue(path: server.databasePath)
        let offset = try other.writeWithoutTransaction { database in
            _ = try database.checkpoint(.truncate)
            let page = try Int.fetchOne(
                database, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'configuration'")
            return UInt64(try #require(page) - 1) * 4096
        }
        let file = try #require(FileHandle(forUpdatingAtPath: server.databasePath))
        func replace(by bytes: Data) throws {
            try file.seek(toOffset: offset)
            try file.write(contentsOf: bytes)
            // A change by another process: what the server has in memory counts no more.
            try other.write { database in
                try database.execute(sql: "UPDATE instance SET hostID = hostID || '.'")
                try database.execute(sql: "UPDATE instance SET hostID = substr(hostID, 1, length(hostID) - 1)")
            }
        }
        try file.seek(toOffset: offset)
        let page = try #require(try file.read(upToCount: 4096))
        try replace(by: Data(count: 4096))
        // Changes that don't need that page are none of its business.
        let reply = try server.put(["uniqueName": "cb2"])
        #expect(reply.status == 503)
        #expect(reply.text.contains("<databaseNotReady />"))
        #expect(server.log.contains("settings could not be stored error=\"database disk image is malformed\""))
        let client = server.client()
        #expect(try client.request("GET", APIServerProcess.configurationPath).text.contains("<uniqueName>cb1<"))
        #expect(try client.request("GET", "/api/v1/events").status == 200)
        #expect(try client.request("GET", "/readyz").text == "store: not usable\n")
        #expect(try server.status().state == "connected")
        try replace(by: page)
        try expectRecovery(server)
    }

    @Test(arguments: ["", "-wal"]) func `a file that was removed`(suffix: String) throws {
        let server = try connectedServer()
        let path = server.databasePath + suffix
        try FileManager.default.moveItem(atPath: path, toPath: scratch.file("removed"))
        try expectRefusal(server, log: "\"The database \(server.databasePath) or its log was removed or replaced.\"")
        try FileManager.default.moveItem(atPath: scratch.file("removed"), toPath: path)
        try expectRecovery(server)
    }
}
