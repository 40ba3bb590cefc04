import Foundation
import TestSupport
import Testing

/// What `docs/automation.md` tells people to write and to run does what it says.
@Suite struct AutomationPageTests {
    private let page: AutomationPage
    private let prosody: Prosody
    private let server: APIServerProcess
    private let httpsPort: UInt16

    init() throws {
        page = try AutomationPage()
        prosody = try Prosody()
        httpsPort = try FreePorts.reserve()
        server = try APIServerProcess(.trusting(further: ["--listen", "127.0.0.1:\(httpsPort)"]))
        // The sockets are there before the certificate is.
        try server.process.waitForLog(containing: "listening address=https:")
    }

    /// Runs a recipe in a directory that has the files of the page, with the reader's own values.
    private func run(
        _ recipe: AutomationPage.Recipe, secret: String = Prosody.secret("cb1")
    ) throws -> (output: String, exit: ServerProcess.Exit) {
        let directory = try ScratchDirectory("automation")
        for (name, contents) in page.files { try directory.write(contents, to: name) }
        try directory.write(secret, to: "secret")
        let netrc = "machine 127.0.0.1 login \(APIServerProcess.user) password \(server.password)\n"
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let process = try ServerProcess(
            recipe.rawValue,
            .init(
                "/usr/bin/env",
                ["-C", directory.path, "bash", "-euc", try page.command(recipe)],
                environment: [
                    "CALLBRIDGE_URL": "https://127.0.0.1:\(httpsPort)", "CALLBRIDGE_CA": server.databasePath + ".crt",
                    "NETRC": try directory.write(netrc, to: "netrc"), "XMPP_NAME": "cb1",
                    "XMPP_DOMAIN": "example.test", "XMPP_SERVER": "localhost:\(prosody.mutualPort)",
                    "PATH": "\(try AutomationPage.programs()):\(path)", "HOME": directory.path, "no_proxy": "*",
                    "LC_ALL": "C.UTF-8",
                ]), in: directory)
        let exit = try process.waitForExit(within: .seconds(120))
        #expect(!process.log.contains(secret), "\(process.log)")
        #expect(!process.log.contains(server.password), "\(process.log)")
        return (process.log, exit)
    }

    @Test func `each command of the page is run here`() {
        #expect(page.recipes == Set(AutomationPage.Recipe.allCases.map(\.rawValue)))
        #expect(page.files.count == page.recipes.count)
    }

    @Test(arguments: [AutomationPage.Recipe.curl, .ansible, .python])
    func `a recipe has connected the bridge when it ends`(recipe: AutomationPage.Recipe) throws {
        let run = try run(recipe)
        #expect(run.exit == .code(0), "\(run.output)")
        let status = try server.status()
        #expect(status.state == "connected")
        #expect(status.revision == 1)
        #expect(status.jid == "cb1.example.test")
    }

    @Test(arguments: [AutomationPage.Recipe.curl, .ansible, .python])
    func `a recipe fails with the reason when the secret is wrong`(recipe: AutomationPage.Recipe) throws {
        let run = try run(recipe, secret: "not-that-one")
        #expect(run.exit != .code(0))
        #expect(run.output.contains("notAuthorized"), "\(run.output)")
        #expect(run.output.contains("secret"), "\(run.output)")
    }

    @Test(arguments: [AutomationPage.Recipe.curl, .ansible, .python])
    func `a recipe fails with the parameter when a value can't be accepted`(recipe: AutomationPage.Recipe) throws {
        let run = try run(recipe, secret: "with\u{7}a bell")
        #expect(run.exit != .code(0))
        #expect(run.output.contains("sharedSecret"), "\(run.output)")
        #expect(run.output.contains("control characters"), "\(run.output)")
        #expect(try server.status().revision == 0)
    }

    @Test func `a second run of the playbook changes nothing`() throws {
        #expect(try run(.ansible).output.contains("changed=1 "))
        let before = try server.status()
        let second = try run(.ansible)
        #expect(second.exit == .code(0))
        #expect(second.output.contains("changed=0 "), "\(second.output)")
        #expect(try server.status() == before)
    }

    @Test func `the check tells whether the settings would do, and changes nothing`() throws {
        let right = try run(.check)
        #expect(right.exit == .code(0), "\(right.output)")
        let wrong = try run(.check, secret: "not-that-one")
        #expect(wrong.exit != .code(0))
        #expect(wrong.output.contains("notAuthorized"), "\(wrong.output)")
        #expect(try server.status().revision == 0)
    }
}
