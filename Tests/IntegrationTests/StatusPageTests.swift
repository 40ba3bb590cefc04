import TestSupport
import Testing

/// The page with the state, as somebody watches it in a browser: the tests never load it again.
@Suite struct StatusPageTests {
    private static let path = "/status/general"
    private let prosody: Prosody
    private let server: APIServerProcess
    private let browser: BrowserPage

    init() throws {
        prosody = try Prosody()
        server = try APIServerProcess(.trusting())
        browser = try BrowserPage(server)
    }

    private func connect() throws {
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
    }

    private func expectNoProblems(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try browser.problems() == [], sourceLocation: sourceLocation)
    }

    @Test func `a server that dies and comes back is seen to do so`() throws {
        try browser.open(Self.path)
        try browser.see("#connection .line", "not configured")
        try connect()
        try browser.see("#connection .line", "connected to localhost:\(prosody.mutualPort) for")
        try browser.see("#certificate", "DNS:xmpp1.example.test")
        try browser.see("#events", "Connected as cb1.example.test")
        #expect(try browser.axe() == [])
        try browser.shoot("status-connected")
        prosody.stop()
        try browser.see("#connection .line[data-tone=bad]", "next attempt in")
        try browser.see("#connection .line", "refuse")
        try browser.see("#announcement", "XMPP connection: not connected: ")
        try browser.see("#attempt .lane:nth-child(3)", "failed")
        // After ten seconds without a connection.
        try browser.see("#alarms", "xmppRegistrationFailure: connectFailure, active for")
        #expect(try browser.axe() == [])
        try browser.shoot("status-waiting")
        try restartProsody()
        try browser.see("#connection .line[data-tone=good]", "connected to localhost:\(prosody.mutualPort) for")
        try browser.see("#alarms", "No alarm is active.")
        try browser.see("#announcement", "connected to")
        try expectNoProblems()
    }

    /// Makes the XMPP server work again, and asks the bridge not to wait for its next attempt, which may be a minute away on
    /// a busy machine.
    private func restartProsody(certificate: ServerCertificate = .good) throws {
        try prosody.restart(certificate: certificate)
        #expect(try server.client().request("POST", "\(APIServerProcess.configurationPath)/reconnect").status == 200)
    }

    @Test func `the reason is in the line's words, and the way out of it`() throws {
        try prosody.restart(certificate: .hostOnly)
        try server.configure(["serverAddressOverride": "xmpp1.example.test:\(prosody.mutualPort)"])
        try browser.open(Self.path)
        // The name is nobody's here.
        try browser.see("#connection .line", "xmpp1.example.test")
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try browser.see("#connection .line", "example.test")
        try browser.see("#connection .line", "The server's certificate does not name the XMPP domain example.test")
        try browser.see("#connection .facts", "certificateDomainMismatch")
        try browser.see("#attempt .lane:nth-child(4)", "failed")
        try restartProsody(certificate: .good)
        try browser.see("#connection .line", "connected to localhost:\(prosody.mutualPort)")
        try expectNoProblems()
    }

    @Test func `an attempt shows its steps while it lasts`() throws {
        prosody.process.freeze()
        try browser.open(Self.path)
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try browser.see("#attempt h2", "Running attempt")
        try browser.see("#attempt .lane:nth-child(4)", "under way")
        try browser.see("#connection .line", "connecting: TLS handshake – localhost:\(prosody.mutualPort)")
        try browser.shoot("status-connecting")
        prosody.process.thaw()
        try browser.see("#attempt h2", "Last attempt")
        try browser.see("#attempt .lane:nth-child(6)", "done")
        try expectNoProblems()
    }

    @Test(arguments: [1280, 320]) func `nothing moves while it changes`(width: Int) throws {
        // Of the list of attempts only the begin: a new one is put on top.
        let places = """
            Object.fromEntries([...document.querySelectorAll("h2")].filter(heading => heading.id !== "events-heading")
                .map(heading => [heading.id, Math.round(heading.getBoundingClientRect().top + scrollY)]))
            """
        try connect()
        try browser.window(width: width)
        try browser.open(Self.path)
        try browser.see("#connection .line", "connected to")
        let before: [String: Int] = try browser.run(places)
        prosody.stop()
        try browser.see("#connection .line", "next attempt in")
        if width == 320 { try browser.see("#alarms", "xmppRegistrationFailure") }
        let waiting: [String: Int] = try browser.run(places)
        #expect(waiting == before)
        try restartProsody()
        try browser.see("#connection .line", "connected to")
        let connected: [String: Int] = try browser.run(places)
        #expect(connected == before)
    }

    @Test func `a page that has lost its server says so, and finds it again`() throws {
        try connect()
        try browser.open(Self.path)
        try browser.see("#link", "Live: changes show at once.")
        try server.stop()
        try browser.see("#link[data-mode=lost]", "The server does not answer since")
        let isInSight: Bool = try browser.run(
            "(({ top, bottom }) => top >= 0 && bottom <= innerHeight)"
                + "(document.getElementById('link').getBoundingClientRect())")
        #expect(isInSight)
        try browser.see("#connection .line", "connected to")
        try server.restart()
        try browser.see("#link[data-mode=live]", "Live: changes show at once.")
    }

    @Test func `without the event stream it asks again and again`() throws {
        try browser.refuse("**/configuration/xmpp/status")
        try browser.open(Self.path)
        try browser.see("#link[data-mode=polling]", "There is no event stream; asking every 3 s.")
        try connect()
        try browser.see("#connection .line", "connected to")
    }

    @Test func `what is unfolded and where the keyboard is stays so`() throws {
        try connect()
        try browser.open(Self.path)
        try browser.see("#connection .line", "connected to")
        let _: Bool = try browser.run("(document.querySelector('#attempt summary').click(), true)")
        try browser.see("#attempt-steps", "Stream id")
        let _: Bool = try browser.run("(document.querySelector('#attempt-1 a').focus(), true)")
        try server.configure(["uniqueName": "cb2", "sharedSecret": Prosody.secret("cb2")])
        try browser.see("#attempt .summary", "connected as cb2.example.test")
        try browser.see("#attempt-steps", "Stream id")
        #expect(try browser.run("document.activeElement.getAttribute('href')") == "?attempt=1#attempt")
        try browser.press("Enter")
        try browser.see("#attempt h2", "Attempt 1")
        try browser.see("#attempt .summary", "connected as cb1.example.test")
        try expectNoProblems()
    }

    @Test func `the event log has pages`() throws {
        for number in 1...23 { try server.configure(["uniqueName": "cb\(number)"]) }
        try browser.open(Self.path)
        try browser.see("#events nav", "1–20 of")
        func ids() throws -> [String] {
            try browser.run("[...document.querySelectorAll('#events li')].map(row => row.id)")
        }
        let latest = try ids()
        #expect(latest.count == 20)
        try browser.click("link", "Older events")
        try browser.see("#events nav", "21–40 of")
        #expect(try ids().allSatisfy { !latest.contains($0) })
        try browser.click("link", "Newer events")
        try browser.see("#events nav", "1–20 of")
        try expectNoProblems()
    }
}
