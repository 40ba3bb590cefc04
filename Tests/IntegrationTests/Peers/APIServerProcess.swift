import Foundation
import TestSupport

/// The built `api-server`, with a database and a port of its own, as an administrator would start it.
///
/// Its log is at trace level, so that a test can look for what must not be in there.
final class APIServerProcess: Sendable {
    /// What differs from test to test.
    struct Options: Sendable {
        /// `--xmpp-ca-file`; nil leaves the system's authorities.
        var authority: String?
        /// `--xmpp-certificate` and `--xmpp-key`.
        var clientCertificate: CertificateFiles?
        /// `--dns-server`: `IP:PORT`.
        var dnsServer: String?
        /// Further options, as on a command line.
        var further: [String] = []
        /// Puts the database on a file system of its own, in memory and of this many KiB, which only the process sees.
        var diskSize: Int?
        /// Environment variables, beside those of the tests' own process.
        var environment: [String: String] = [:]

        /// Trusts the test authority and shows this certificate.
        ///
        /// - Throws: what `TestPKI.shared` throws.
        static func trusting(
            showing client: ClientCertificate? = .callbridge, dnsServer: String? = nil, further: [String] = []
        ) throws -> Options {
            let pki = try TestPKI.shared()
            return Options(
                authority: pki.authority, clientCertificate: client.map(pki.client), dnsServer: dnsServer,
                further: further)
        }
    }

    /// The path of the resource, under one of its two names.
    static let configurationPath = "/api/v1/configuration/xmpp"
    /// The first administrator's name.
    static let user = "admin"

    /// Plain HTTP on 127.0.0.1.
    let port: UInt16
    /// The first administrator's password, other for each object.
    let password: String
    /// The SQLite file.
    let databasePath: String
    /// The process: log, signals, freezing.
    let process: ServerProcess
    private let scratch: ScratchDirectory

    /// Starts it and waits until it listens.
    ///
    /// - Throws: `ServerProcess.Failure` with the log, or `NotBuilt`.
    init(_ options: Options) throws {
        port = try FreePorts.reserve()
        scratch = try ScratchDirectory("api-server")
        password = UUID().uuidString
        if options.diskSize != nil { try scratch.makeDirectory("disk") }
        databasePath = scratch.file(options.diskSize == nil ? "callbridge.sqlite" : "disk/callbridge.sqlite")
        var arguments = [
            "serve", "--listen-http", "127.0.0.1:\(port)", "--database", databasePath,
            "--admin-password-file", try scratch.write(password + "\n", to: "admin-password"), "--log-level", "trace",
        ]
        if let authority = options.authority { arguments += ["--xmpp-ca-file", authority] }
        if let files = options.clientCertificate {
            arguments += ["--xmpp-certificate", files.certificate, "--xmpp-key", files.key]
        }
        if let dnsServer = options.dnsServer { arguments += ["--dns-server", dnsServer] }
        var command = [try Self.binary()] + arguments + options.further
        if let size = options.diskSize {
            let mount = "mount -t tmpfs -o mode=700,size=\(size)k tmpfs \"$0\" && exec \"$@\""
            command = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", mount, scratch.file("disk")] + command
        }
        process = try ServerProcess(
            "api-server",
            .init(command[0], Array(command.dropFirst()), environment: options.environment), in: scratch)
        try process.waitUntilListening(on: [port])
    }

    /// The directory of the database as it sees it, which is a path for others, too.
    var databaseDirectory: String {
        "/proc/\(process.processID)/root" + (databasePath as NSString).deletingLastPathComponent
    }

    /// What it logged, all runs.
    var log: String { process.log }

    /// A client that sends the administrator's credentials.
    func client(timeout: Duration = .seconds(10)) -> HTTPClient {
        client(of: Self.user, password: password, timeout: timeout)
    }

    /// A client that sends somebody's credentials.
    func client(of user: String, password: String, timeout: Duration = .seconds(10)) -> HTTPClient {
        let client = HTTPClient(port: port, timeout: timeout)
        client.defaultHeaders = [HTTPClient.basicCredentials(user: user, password: password)]
        return client
    }

    /// Changes the configuration, by an HTML form's encoding.
    ///
    /// - Returns: the answer, whatever its status is.
    @discardableResult
    func put(_ parameters: [String: String], over client: HTTPClient? = nil) throws -> HTTPReply {
        try send("PUT", Self.configurationPath, parameters, over: client)
    }

    /// Sends an HTML form to a resource.
    ///
    /// - Returns: the answer, whatever its status is.
    @discardableResult
    func send(
        _ method: String, _ path: String, _ parameters: [String: String], over client: HTTPClient? = nil
    ) throws -> HTTPReply {
        let body = parameters.sorted { $0.key < $1.key }.map { "\(Self.encoded($0.key))=\(Self.encoded($0.value))" }
        return try (client ?? self.client()).request(
            method, path, headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array(body.joined(separator: "&").utf8))
    }

    /// The connection's state now.
    ///
    /// - Throws: `HTTPClient.Failure`, `DecodingError`, or `ServerProcess.Failure` for an answer other than 200.
    func status(over client: HTTPClient? = nil) throws -> ConnectionStatus {
        let reply = try (client ?? self.client()).request(
            "GET", "\(Self.configurationPath)/status", headers: [("Accept", "application/json")])
        guard reply.status == 200 else {
            throw process.failure("answered \(reply.status) to GET status: \(reply.text)")
        }
        return try JSONDecoder().decode(ConnectionStatus.self, from: Data(reply.body))
    }

    /// Reads the status until it is as wanted.
    ///
    /// - Returns: the first status for which `condition` holds.
    /// - Throws: what `status` throws, or `ServerProcess.Failure` with the last status when the time is up.
    @discardableResult
    func waitForStatus(
        within limit: Duration = .seconds(20), _ condition: (ConnectionStatus) throws -> Bool
    ) throws -> ConnectionStatus {
        let deadline = ContinuousClock.now + limit
        let client = client()
        while true {
            let status = try status(over: client)
            if try condition(status) { return status }
            guard ContinuousClock.now < deadline else {
                throw process.failure("did not get to the state wanted within \(limit); the last one is \(status)")
            }
            ServerProcess.pause(milliseconds: 10)
        }
    }

    /// Ends it with SIGTERM, which it must obey within the limit, with status 0.
    func stop(within limit: Duration = .seconds(10)) throws {
        let exit = process.stop(within: limit)
        guard exit == .code(0) else { throw process.failure("was to stop with status 0 within \(limit): \(exit)") }
    }

    /// Ends it with SIGKILL.
    func kill() { process.kill() }

    /// Starts it again after its end: same database, same port.
    func restart() throws {
        try process.restart()
        try process.waitUntilListening(on: [port])
    }

    // MARK: The executable

    /// The executable is not there.
    struct NotBuilt: Error, CustomStringConvertible {
        /// Where it was looked for.
        let path: String

        var description: String { "there is no api-server at \(path): run `swift build --build-tests` first" }
    }

    /// Environment variable that names another executable.
    static let overrideVariable = "CALLBRIDGE_API_SERVER"

    /// The executable: beside the running test bundle, where SwiftPM puts both.
    static func binary() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path =
            ProcessInfo.processInfo.environment[overrideVariable]
            ?? "\((tests as NSString).deletingLastPathComponent)/api-server"
        guard FileManager.default.isExecutableFile(atPath: path) else { throw NotBuilt(path: path) }
        return path
    }

    /// Percent-encodes everything but RFC 3986's unreserved characters.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80, scalar.properties.isAlphabetic || "0123456789-._~".unicodeScalars.contains(scalar) {
                return String(scalar)
            }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
