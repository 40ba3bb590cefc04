import Foundation
import TestSupport
import Testing

/// `api-server backup`, and how `docs/backup.md` puts a backup back.
@Suite struct BackupTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("backup")
    }

    private func backUp(_ database: String, to target: String) throws -> APIServerRun {
        try APIServerRun(["backup", target, "--database", database], in: scratch)
    }

    private func name(_ server: APIServerProcess) throws -> String {
        try server.client().request("GET", APIServerProcess.configurationPath).text
    }

    @Test(arguments: ["stopped", "killed"])
    func `a backup of a running server is put back`(end: String) throws {
        let server = try APIServerProcess(.init())
        #expect(try server.put(["uniqueName": "before", "sharedSecret": "s3cret"]).status == 200)
        try server.addAPIUser("bob", role: "readonly", password: "right")
        #expect(try backUp(server.databasePath, to: "@/backup.sqlite") == .silent)
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.file("backup.sqlite"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try server.put(["uniqueName": "after"]).status == 200)

        if end == "killed" { server.kill() } else { try server.stop() }
        let logs = ["-wal", "-shm"].map { server.databasePath + $0 }.filter(FileManager.default.fileExists)
        #expect(logs.isEmpty == (end == "stopped"), "a kill leaves a log, which must not be taken for the backup's")
        for log in logs { try FileManager.default.removeItem(atPath: log) }
        try FileManager.default.removeItem(atPath: server.databasePath)
        try FileManager.default.copyItem(atPath: scratch.file("backup.sqlite"), toPath: server.databasePath)
        try server.restart()

        #expect(try name(server).contains("<uniqueName>before</uniqueName>"))
        let status = try server.status()
        #expect(status.revision == 1)
        #expect(status.sharedSecretSet == true)
        let bob = server.client(of: "bob", password: "right")
        #expect(try bob.request("GET", APIServerProcess.configurationPath).status == 200)
        #expect(try server.put(["uniqueName": "again"]).status == 200)
        try server.stop()
    }

    @Test func `what can't be done is one line`() throws {
        try scratch.write("precious", to: "file")
        let server = try APIServerProcess(.init())
        let database = server.databasePath
        #expect(try server.put(["uniqueName": "cb1"]).status == 200)
        #expect(try backUp("@/none", to: "@/backup") == .failed("There is no database \(scratch.file("none"))."))
        #expect(try backUp(database, to: "@/file") == .failed("There is a file \(scratch.file("file")) already."))
        #expect(
            try backUp(database, to: "@/none/backup")
                == .failed("The backup \(scratch.file("none/backup")) can't be made: No such file or directory."))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["file"])
        #expect(try String(contentsOfFile: scratch.file("file"), encoding: .utf8) == "precious")
        try server.stop()
    }

    @Test func `a server does not start on a damaged database, and says so`() throws {
        let server = try APIServerProcess(.init())
        #expect(try server.put(["uniqueName": "cb1"]).status == 200)
        try server.stop()
        let file = try #require(FileHandle(forUpdatingAtPath: server.databasePath))
        try file.seek(toOffset: 3 * 4096)
        try file.write(contentsOf: Data(count: 4096))
        try file.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: server.databasePath))
        let run = try APIServerRun(
            ["serve", "--listen-http", "127.0.0.1:\(server.port)", "--database", server.databasePath], in: scratch)
        #expect(run.exit == .code(1))
        #expect(run.output.hasPrefix("api-server: The database \(server.databasePath) is damaged: "), "\(run.output)")
        #expect(run.output.hasSuffix(". Nothing was changed; put a backup in its place.\n"))
        #expect(run.output.split(separator: "\n").count == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: server.databasePath)) == before)
    }
}
