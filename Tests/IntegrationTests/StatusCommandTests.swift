import Foundation
import Glibc
import TestSupport
import Testing

/// `api-server status` against a server.
@Suite struct StatusCommandTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("status")
    }

    @Test func `it prints the state, and with --json the server's own words`() throws {
        let server = try APIServerProcess(.init())
        let run = try server.run(["status"], in: scratch)
        #expect(run.exit == .code(0))
        #expect(run.output.hasPrefix("State:    notConfigured, since 20"))
        #expect(run.output.hasSuffix("Missing:  uniqueName, domain, sharedSecret\nRevision: 0\n"))
        let json = try server.run(["status", "--json"], in: scratch)
        let status = try JSONDecoder().decode(ConnectionStatus.self, from: Data(json.output.utf8))
        #expect(try status == server.status())
    }

    @Test func `a wait ends with the state, or when its time is up`() throws {
        let server = try APIServerProcess(.init())
        let never = try server.run(["status", "--wait", "connected", "--timeout", "1"], in: scratch)
        #expect(never.exit == .code(1))
        #expect(never.output.hasPrefix("State:    notConfigured"))
        #expect(never.output.hasSuffix("\napi-server: It is not connected after 1 s: notConfigured.\n"))
        // Nothing is under way, so nothing will change by itself.
        let settled = try server.run(["status", "--wait", "settled", "--timeout", "60"], in: scratch)
        #expect(settled.exit == .code(0))
    }

    @Test func `a long wait is several polls, and a server that is lost meanwhile is told`() throws {
        let body = #"{"state":"waiting","revision":3}"#
        let answer = "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let canned = try CannedServer([answer, answer])
        try scratch.write("right\n", to: "pw")
        let run = try APIServerRun(
            [
                "status", "--wait", "connected", "--timeout", "1000", "--url", "http://127.0.0.1:\(canned.port)",
                "--password-file", "@/pw",
            ], in: scratch)
        #expect(run.exit == .code(1))
        #expect(
            run.output.hasPrefix("api-server: The server was lost while waiting. http://127.0.0.1:\(canned.port): "))
        #expect(canned.requests.count == 2)
        for request in canned.requests {
            #expect(
                request.hasPrefix("GET /api/v1/configuration/xmpp/status?waitFor=connected&timeout=300 HTTP/1.1\r\n"))
            #expect(request.contains("\r\nAuthorization: Basic \(Data("admin:right".utf8).base64EncodedString())\r\n"))
        }
    }

    @Test func `a server that ends in the middle of a poll is told`() throws {
        let canned = try CannedServer([])
        try scratch.write("right\n", to: "pw")
        let run = try APIServerRun(
            [
                "status", "--wait", "connected", "--url", "http://127.0.0.1:\(canned.port)", "--password-file", "@/pw",
            ], in: scratch)
        #expect(run.exit == .code(1))
        #expect(run.output.contains("the connection was closed before the whole answer was there"))
    }

    @Test func `a server that takes connections and is dead is an error`() throws {
        let server = try APIServerProcess(.init())
        server.process.freeze()
        try scratch.write("right\n", to: "pw")
        let url = "https://127.0.0.1:\(server.port)"
        let run = try APIServerRun(["status", "--url", url, "--password-file", "@/pw"], in: scratch)
        #expect(run.exit == .code(1))
        #expect(run.output.hasPrefix("api-server: \(url): the server does not answer ("))
    }

    @Test func `how long wrong passwords keep the right one out is told`() throws {
        let server = try APIServerProcess(.init(further: ["--password-attempts", "1"]))
        let url = "http://127.0.0.1:\(server.port)"
        for _ in 1...2 {
            _ = try APIServerRun(["status", "--url", url, "--password-file", "-"], input: "wrong", in: scratch)
        }
        let run = try server.run(["status"], in: scratch)
        #expect(run.exit == .code(1))
        #expect(run.output.contains(/too many wrong passwords .*\(Retry-After: \d+\)\n$/))
    }

    @Test(arguments: [
        (
            "HTTP/1.1 302 Found\r\nLocation: https://192.0.2.1/\r\n",
            "it answers with a redirect (302), which is not followed."
        ),
        ("HTTP/1.1 200 OK\r\n", "the answer (200) is no connection state."),
        ("HTTP/1.1 500 Oops\r\n", "The server answers with status 500."),
        ("SSH-2.0-OpenSSH_9.2\r\n", "Received HTTP/0.9 when not allowed."),
    ]) func `another kind of server is told`(head: String, line: String) throws {
        let canned = try CannedServer([head + "Content-Length: 0\r\n\r\n"])
        try scratch.write("right\n", to: "pw")
        let url = "http://127.0.0.1:\(canned.port)"
        let run = try APIServerRun(["status", "--url", url, "--password-file", "@/pw"], in: scratch)
        #expect(run == .failed("\(url): \(line)"))
    }

    @Test func `a server that is not there, or does not know the user, is told`() throws {
        let port = try FreePorts.reserve()
        try scratch.write("wrong\n", to: "pw")
        let nowhere = try APIServerRun(
            ["status", "--url", "http://localhost:\(port)", "--password-file", "@/pw"], in: scratch)
        #expect(nowhere == .failed("http://localhost:\(port): Connection refused."))
        let server = try APIServerProcess(.init())
        let url = "http://127.0.0.1:\(server.port)"
        let wrong = try APIServerRun(["status", "--url", url, "--password-file", "-"], input: "wrong", in: scratch)
        #expect(wrong == .failed("\(url): the server does not accept the user admin with this password."))
    }

    @Test func `HTTPS needs a certificate that is trusted, such as the server's own`() throws {
        let port = try FreePorts.reserve()
        let server = try APIServerProcess(.init(further: ["--listen", "127.0.0.1:\(port)"]))
        let password = try scratch.write(server.password, to: "pw")
        func status(_ further: String..., host: String = "127.0.0.1") throws -> APIServerRun {
            try APIServerRun(
                ["status", "--url", "https://\(host):\(port)", "--password-file", password] + further, in: scratch)
        }
        let strange = try status()
        #expect(strange.exit == .code(1))
        #expect(strange.output.contains("the server's certificate is not accepted"))
        #expect(strange.output.contains("--ca-file"))
        #expect(try status("--ca-file", server.databasePath + ".crt").exit == .code(0))
        #expect(try status("--ca-file", server.databasePath + ".crt", host: "localhost").exit == .code(0))
        #expect(try status("--insecure").exit == .code(0))
        #expect(try status("--ca-file", TestPKI.shared().authority).exit == .code(1))
        let noCertificate = try status("--ca-file", password)
        #expect(
            noCertificate == .failed("--ca-file \(password): there is no certificate (PEM) in it that can be used."))
    }

    @Test func `a server that wants a certificate is shown one`() throws {
        let pki = try TestPKI.shared()
        let port = try FreePorts.reserve()
        let server = try APIServerProcess(
            .init(further: ["--listen", "127.0.0.1:\(port)", "--tls-client-ca", pki.authority]))
        let password = try scratch.write(server.password, to: "pw")
        func status(_ further: String...) throws -> APIServerRun {
            try APIServerRun(
                [
                    "status", "--url", "https://127.0.0.1:\(port)", "--password-file", password, "--ca-file",
                    server.databasePath + ".crt",
                ] + further, in: scratch)
        }
        let ours = pki.client(.callbridge)
        #expect(try status("--client-certificate", ours.certificate, "--client-key", ours.key).exit == .code(0))
        let without = try status()
        #expect(without.exit == .code(1))
        #expect(without.output.contains("certificate"), "\(without.output)")
        let half = try status("--client-certificate", ours.certificate)
        #expect(half.exit == .code(64))
        #expect(half.output.contains("--client-certificate and --client-key belong together."))
        let other = pki.client(.callbridgeOther)
        let mixed = try status("--client-certificate", ours.certificate, "--client-key", other.key)
        #expect(mixed.exit == .code(1))
        #expect(mixed.output.contains("--client-key \(other.key): they can't be used"), "\(mixed.output)")
    }

    @Test func `the environment names the server, and its proxies are not for this machine`() throws {
        let server = try APIServerProcess(.init())
        let run = try APIServerRun(
            ["status"],
            environment: [
                "API_SERVER_URL": "http://127.0.0.1:\(server.port)",
                "API_SERVER_PASSWORD_FILE": try scratch.write(server.password, to: "pw"),
                "http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1",
            ], in: scratch)
        #expect(run.exit == .code(0), "\(run.output)")
    }

    // MARK: On a terminal

    @Test func `the password is asked for once and not shown`() throws {
        let server = try APIServerProcess(.init())
        let terminal = try PseudoTerminal()
        let process = try ServerProcess(
            "status",
            .init(
                try APIServerProcess.binary(), ["status", "--url", "http://127.0.0.1:\(server.port)"],
                input: .file(terminal.path)), in: scratch)
        try process.waitForLog(containing: "Password of admin: ")
        #expect(!terminal.hasEcho)
        terminal.type(server.password + "\n")
        #expect(try process.waitForExit() == .code(0))
        #expect(process.log.hasPrefix("Password of admin: \nState:    notConfigured"))
        #expect(terminal.shown.isEmpty && terminal.hasEcho)
    }

    @Test func `a line on the terminal tells of a wait, and is gone at its end`() throws {
        let silent = try APIServerProcess(.init())
        // The kernel still takes connections for a frozen process; nobody answers.
        silent.process.freeze()
        let server = try APIServerProcess(.trusting(further: ["--tls-timeout", "600", "--attempt-timeout", "600"]))
        try server.configure(["serverAddressOverride": "127.0.0.1:\(silent.port)"])
        let terminal = try PseudoTerminal()
        let options = try server.clientOptions(in: scratch)
        // Standard error alone is the terminal.
        let process = try ServerProcess(
            "status",
            .init(
                "/bin/sh",
                ["-c", #"terminal=$0; exec "$@" 2>"$terminal""#, terminal.path, try APIServerProcess.binary()]
                    + ["status", "--wait", "settled", "--timeout", "300"] + options), in: scratch)
        var shown = ""
        let deadline = ContinuousClock.now + .seconds(60)
        while !shown.contains("connecting, tlsHandshake ("), ContinuousClock.now < deadline {
            ServerProcess.pause()
            shown += terminal.shown
        }
        #expect(shown.contains("\r\u{1B}[Kconnecting, tlsHandshake ("))
        try server.put(["sharedSecret": ""])
        #expect(try process.waitForExit(within: .seconds(60)) == .code(0))
        #expect(terminal.shown.hasSuffix("\r\u{1B}[K"))
        #expect(process.log.hasPrefix("State:    notConfigured") && !process.log.contains("\u{1B}"))
    }
}
