import Foundation
import TestSupport
import Testing

/// `api-server configure` and `api-server check` with a server and a real Prosody.
@Suite struct ConfigureCommandTests {
    private let scratch: ScratchDirectory
    private let prosody: Prosody
    private let server: APIServerProcess

    init() throws {
        scratch = try ScratchDirectory("configure")
        prosody = try Prosody()
        server = try APIServerProcess(.trusting())
    }

    private var settings: [String] {
        ["--unique-name", "cb1", "--domain", "example.test", "--server-address-override", "localhost:\(prosody.port)"]
    }

    private func configure(_ arguments: String..., input: String? = nil) throws -> APIServerRun {
        try server.run(["configure"] + arguments, input: input, in: scratch)
    }

    @Test func `settings are taken, and the wait is for them`() throws {
        let first = try server.run(
            ["configure", "--wait", "connected", "--shared-secret-file", "-"] + settings, input: Prosody.secret("cb1"),
            in: scratch)
        #expect(first.exit == .code(0))
        #expect(first.output.hasPrefix("State:       connected, since "))
        #expect(first.output.hasSuffix("Revision:    1\n"))
        // Connected is what it was before; it is not what is waited for.
        try scratch.write("wrong\n", to: "wrong")
        let wrong = try configure("--shared-secret-file", "@/wrong", "--wait", "settled")
        #expect(wrong.exit == .code(0))
        #expect(wrong.output.contains("Last failure: notAuthorized at registration"))
        #expect(wrong.output.hasSuffix("Revision:     2\n"))
        let json = try configure("--unique-name", "cb2", "--wait", "connected", "--timeout", "1", "--json")
        #expect(json.exit == .code(1))
        let status = try JSONDecoder().decode(
            ConnectionStatus.self, from: Data(json.output.split(separator: "\n")[0].utf8))
        #expect(status.revision == 3)
        #expect(
            json.output.contains("\napi-server: The change is stored as revision 3. It is not connected after 1 s: "))
        try server.stop()
        for secret in [Prosody.secret("cb1"), "wrong\n", server.password] { #expect(!server.log.contains(secret)) }
    }

    @Test func `a change is for a revision, and an empty value clears`() throws {
        #expect(try configure("--domain", "example.test").output == "Revision: 1\n")
        #expect(
            try configure("--domain", "other.test", "--if-revision", "0")
                == .failed("--if-revision 0: the configuration is revision 1 now; nothing was changed."))
        let cleared = try configure("--domain", "", "--if-revision", "1", "--json")
        #expect(cleared == APIServerRun(output: "{\"revision\":2}\n", exit: .code(0)))
        try scratch.write("secret", to: "secret")
        #expect(try configure("--shared-secret-file", "@/secret").exit == .code(0))
        #expect(try server.status().missing == ["uniqueName", "domain"])
        #expect(try configure("--clear-shared-secret").output == "Revision: 4\n")
        #expect(try server.status().sharedSecretSet == false)
    }

    /// The answers after the one to the change, and what is said of the wait.
    @Test(arguments: [
        ([], "http://127.0.0.1:"), (["503 Service Unavailable"], "http://127.0.0.1:"),
        (["504 Gateway Timeout"], "The server was lost while waiting. http://127.0.0.1:"),
    ]) func `a wait that fails says that the change is stored`(answers: [String], words: String) throws {
        let body = #"{"state":"waiting","revision":7}"#
        let canned = try CannedServer(
            ["HTTP/1.1 204 No Content\r\nETag: \"7\"\r\n\r\n"]
                + answers.map { "HTTP/1.1 \($0)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)" })
        try scratch.write("right\n", to: "pw")
        let run = try APIServerRun(
            [
                "configure", "--domain", "a.test", "--wait", "settled", "--url", "http://127.0.0.1:\(canned.port)",
                "--password-file", "@/pw",
            ], in: scratch)
        #expect(run.exit == .code(1))
        #expect(run.output.hasPrefix("api-server: The change is stored as revision 7. \(words)"), "\(run.output)")
    }

    @Test func `what is missing is not waited for`() throws {
        let run = try configure("--unique-name", "cb1", "--wait", "connected", "--timeout", "86400")
        #expect(run.exit == .code(1))
        #expect(run.output.hasPrefix("State:    notConfigured"))
        #expect(
            run.output.hasSuffix(
                "\napi-server: The change is stored as revision 1. "
                    + "It can't connect: domain, sharedSecret are missing.\n"
            ))
        let last = try configure(
            "--domain", "a.test", "--shared-secret-file", "-", "--unique-name", "", "--wait", "connected",
            input: "secret")
        #expect(last.output.hasSuffix(" It can't connect: uniqueName is missing.\n"))
    }

    @Test func `what the server refuses names the option`() throws {
        try scratch.write("a\tb", to: "secret")
        #expect(
            try configure("--unique-name", "a_b", "--domain", "..", "--shared-secret-file", "@/secret")
                == .failed(
                    "--unique-name: The name is made of letters, digits and hyphens, in labels of 1 to 63 characters "
                        + "with dots between. --domain: This is not a DNS name of at most 253 characters. "
                        + "--shared-secret-file: The secret has 1 to 1024 bytes of UTF-8 and no control characters."))
        #expect(try server.status().revision == 0)
    }

    @Test func `who may not write is told`() throws {
        let user = ["--database", server.databasePath, "--password-file", "-"]
        #expect(
            try APIServerRun(["user", "add", "reader", "--role", "readonly"] + user, input: "right", in: scratch)
                == .silent)
        try scratch.write("right", to: "pw")
        let url = "http://127.0.0.1:\(server.port)"
        let options = ["--url", url, "--user", "reader", "--password-file", "@/pw"]
        #expect(try APIServerRun(["status"] + options, in: scratch).exit == .code(0))
        #expect(
            try APIServerRun(["configure", "--domain", "a.test"] + options, in: scratch)
                == .failed("\(url): This user may not do that."))
    }

    @Test func `the secret is asked for twice on a terminal`() throws {
        let terminal = try PseudoTerminal()
        let process = try ServerProcess(
            "configure",
            .init(
                try APIServerProcess.binary(),
                ["configure", "--ask-shared-secret", "--wait", "connected"] + settings
                    + server.clientOptions(in: scratch), input: .file(terminal.path)), in: scratch)
        try process.waitForLog(containing: "Shared secret: ")
        terminal.type(Prosody.secret("cb1") + "\n")
        try process.waitForLog(containing: "The same again: ")
        terminal.type(Prosody.secret("cb1") + "\n")
        #expect(try process.waitForExit(within: .seconds(60)) == .code(0))
        #expect(terminal.shown.isEmpty && terminal.hasEcho)
    }

    // MARK: check

    @Test func `a server checks without storing`() throws {
        try scratch.write(Prosody.secret("cb1"), to: "secret")
        let good = try server.run(["check", "--shared-secret-file", "@/secret"] + settings, in: scratch)
        #expect(good.exit == .code(0))
        #expect(good.output.hasPrefix("STEP           TARGET"))
        #expect(good.output.contains("\ncb1.example.test connects and registers after "))
        #expect(try server.status().revision == 0)
        let incomplete = try server.run(["check", "--domain", "example.test"], in: scratch)
        #expect(incomplete.exit == .code(1))
        #expect(incomplete.output.contains("--unique-name: uniqueName is neither given nor stored."))
    }

    @Test func `while it is connected a check disturbs nobody, unless it is asked to register`() throws {
        try server.configure(["serverAddressOverride": "localhost:\(prosody.port)"])
        let before = try server.waitUntilConnected()
        let polite = try server.run(["check"], in: scratch)
        #expect(polite.exit == .code(0))
        #expect(polite.output.hasSuffix("Registration was not tried; --register does.\n"))
        let bold = try server.run(["check", "--register", "--json"], in: scratch)
        #expect(bold.exit == .code(1))
        #expect(bold.output.contains("\"reason\":\"nameInUse\""))
        #expect(try server.status().since == before.since)
    }

    @Test func `a check works without a server`() throws {
        let pki = try TestPKI.shared()
        let client = pki.client(.callbridge)
        try scratch.write(Prosody.secret("cb1"), to: "secret")
        try scratch.write("wrong", to: "wrong")
        func check(_ arguments: String...) throws -> APIServerRun {
            try APIServerRun(
                [
                    "check", "--local", "--xmpp-ca-file", pki.authority, "--xmpp-certificate", client.certificate,
                    "--xmpp-key", client.key,
                ] + settings + arguments, in: scratch)
        }
        let good = try check("--shared-secret-file", "@/secret")
        #expect(good.exit == .code(0), "\(good.output)")
        #expect(good.output.contains("with our certificate"))
        #expect(good.output.contains("\ncb1.example.test connects and registers after "))
        let wrong = try check("--shared-secret-file", "@/wrong", "--json")
        #expect(wrong.exit == .code(1))
        #expect(wrong.output.hasPrefix("{\"register\":true,"))
        #expect(wrong.output.contains("\"reason\":\"notAuthorized\""))
        // Nobody has looked at the secret.
        let unregistered = try check("--shared-secret-file", "@/wrong", "--no-register")
        #expect(unregistered.exit == .code(0))
    }
}
