import TestSupport
import Testing

/// The page with the settings, as somebody uses it in a browser.
@Suite struct ConfigurationPageTests {
    private static let path = "/configuration/general"
    private let server: APIServerProcess
    private let browser: BrowserPage

    init() throws {
        server = try APIServerProcess(.trusting())
        browser = try BrowserPage(server)
    }

    private func fill(_ prosody: Prosody, secret: String = Prosody.secret("cb1")) throws {
        try browser.fill("Unique Call Bridge name", "cb1")
        try browser.fill("Domain", "example.test")
        try browser.fill("Server address", "localhost:\(prosody.mutualPort)")
        try browser.fill("Shared secret", secret)
        try browser.fill("Confirm shared secret", secret)
    }

    private func expectNoProblems(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try browser.problems() == [], sourceLocation: sourceLocation)
    }

    @Test func `what is submitted becomes a connection before one's eyes`() throws {
        let prosody = try Prosody()
        try browser.open(Self.path)
        try browser.see(
            "#connection .line",
            "not configured: Unique Call Bridge name, Domain and Shared secret are missing")
        try browser.see("#secret-state", "No shared secret is set.")
        try fill(prosody)
        try browser.click("button", "Submit")
        try browser.see("#done", "The settings are stored as revision 1.")
        try browser.see("#secret-state", "A shared secret is set.")
        // Nobody loads the page again.
        try browser.see("#connection .line", "connected to localhost:\(prosody.mutualPort)")
        try browser.see("#link", "Live")
        #expect(try browser.value(of: "Shared secret") == "")
        try browser.click("button", "Submit")
        try browser.see("#done", "Nothing was changed")
        try browser.tick("Clear the shared secret")
        try browser.click("button", "Submit")
        try browser.see("#done", "revision 2")
        try browser.see("#connection .line", "Shared secret is missing")
        try expectNoProblems()
    }

    @Test func `wrong input stands beside its field, and nothing that was typed is lost`() throws {
        try browser.open(Self.path)
        try browser.fill("Unique Call Bridge name", "cb1")
        try browser.fill("Domain", "no domain")
        try browser.fill("Server address", "xmpp1.example.test:99999")
        try browser.fill("Shared secret", "one")
        try browser.fill("Confirm shared secret", "another")
        try browser.click("button", "Submit")
        try browser.see("#errors", "Nothing was stored")
        try browser.see("#error-domain", "not a DNS name")
        try browser.see("#error-serverAddressOverride", "port from 1 to 65535")
        try browser.see("#error-confirmSharedSecret", "differ")
        #expect(try browser.run("document.title") == "Error: Configuration › General – Callbridge")
        #expect(try browser.run("document.activeElement.id") == "errors")
        #expect(
            try browser.run("[...document.querySelectorAll('[aria-invalid=true]')].map(field => field.id)") == [
                "domain", "serverAddressOverride", "confirmSharedSecret",
            ])
        #expect(
            try browser.run("document.getElementById('domain').getAttribute('aria-describedby')")
                == "hint-domain error-domain")
        #expect(try browser.value(of: "Domain") == "no domain")
        #expect(try browser.value(of: "Server address") == "xmpp1.example.test:99999")
        #expect(try browser.value(of: "Shared secret") == "")
        #expect(try browser.axe() == [])
        try browser.shoot("configuration-errors")
        try browser.click("link", "Domain")
        #expect(try browser.run("document.activeElement.id") == "domain")
        #expect(try server.status().revision == 0)
        try expectNoProblems()
    }

    @Test func `what somebody else has changed meanwhile is shown, not overwritten`() throws {
        try server.configure(["domain": "old.test"])
        try browser.open(Self.path)
        try browser.see("#connection")
        let place = "Math.round(document.querySelector('#check-button').getBoundingClientRect().top)"
        let before: Int = try browser.run(place)
        try server.configure(["domain": "theirs.test"])
        try browser.see("#stale", "were changed after the page was loaded")
        #expect(try browser.run(place) == before)
        try browser.fill("Domain", "mine.test")
        try browser.click("button", "Submit")
        let conflict = try browser.see("#conflict", "Stored now")
        #expect(conflict.contains("mine.test") && conflict.contains("theirs.test"))
        #expect(try server.status().revision == 2)
        #expect(try browser.value(of: "Domain") == "mine.test")
        #expect(try browser.run("document.activeElement.id") == "conflict")
        #expect(try browser.axe() == [])
        try browser.shoot("configuration-conflict")
        try browser.click("button", "Submit")
        try browser.see("#done", "revision 3")
        #expect(try browser.value(of: "Domain") == "mine.test")
        try expectNoProblems()
    }

    @Test func `a check shows its steps while they last, and what was typed stays`() throws {
        let prosody = try Prosody()
        prosody.process.freeze()
        try browser.open(Self.path)
        try fill(prosody)
        try browser.click("button", "Check")
        try browser.see("#check-result", "Trying to connect as cb1.example.test")
        try browser.see("#check[aria-busy] .lane:nth-child(4)", "under way")
        #expect(try browser.value(of: "Shared secret") == Prosody.secret("cb1"))
        prosody.process.thaw()
        try browser.see("#check-result", "It works: cb1.example.test can register at localhost:\(prosody.mutualPort).")
        try browser.see("#check:not([aria-busy]) .lane:nth-child(6)", "done")
        #expect(try browser.value(of: "Shared secret") == Prosody.secret("cb1"))
        #expect(try server.status().revision == 0)
        try browser.fill("Shared secret", "wrong")
        try browser.fill("Confirm shared secret", "wrong")
        try browser.click("button", "Check")
        try browser.see("#check-result", "It fails: Registration, notAuthorized")
        #expect(try browser.axe() == [])
        try browser.shoot("configuration-check")
        try browser.fill("Domain", "")
        try browser.click("button", "Check")
        try browser.see("#error-domain", "needed for a connection")
        #expect(try browser.value(of: "Shared secret") == "wrong")
        try expectNoProblems()
    }

    @Test func `without JavaScript it does the same`() throws {
        let prosody = try Prosody()
        try browser.window(script: false)
        try browser.open(Self.path)
        try fill(prosody, secret: "wrong")
        try browser.click("button", "Check")
        try browser.see("#check-result", "It fails: Registration, notAuthorized")
        try browser.see("#done", "enter it again")
        #expect(try browser.value(of: "Domain") == "example.test")
        try browser.fill("Domain", "no domain")
        try browser.click("button", "Submit")
        try browser.see("#error-domain", "not a DNS name")
        try fill(prosody)
        try browser.click("button", "Submit")
        try browser.see("#done", "revision 1")
        try server.waitUntilConnected()
        try browser.open("/status/general")
        try browser.see("#connection .line", "connected to localhost:\(prosody.mutualPort)")
        try browser.see("#attempt .lane:nth-child(6)", "done")
        #expect(try browser.run("document.getElementById('link').hidden"))
    }

    @Test func `the keyboard alone will do, and shows where it is`() throws {
        let prosody = try Prosody()
        try browser.open(Self.path)
        try browser.press("Tab")
        #expect(try browser.run("document.activeElement.className") == "skip")
        try browser.press("Enter")
        #expect(try browser.run("document.activeElement.id") == "main")
        var order: [String] = []
        for text in [
            "cb1", "example.test", "localhost:\(prosody.mutualPort)", Prosody.secret("cb1"), Prosody.secret("cb1"),
        ] {
            try browser.press("Tab")
            order.append(try browser.run("document.activeElement.id"))
            try browser.type(text)
        }
        try browser.press("Tab")
        order.append(try browser.run("document.activeElement.id"))
        #expect(
            order == [
                "uniqueName", "domain", "serverAddressOverride", "sharedSecret", "confirmSharedSecret",
                "clearSharedSecret",
            ])
        for name in ["Submit", "Check"] {
            try browser.press("Tab")
            #expect(try browser.run("document.activeElement.textContent") == name)
            #expect(try browser.run("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"))
        }
        try browser.press("Shift+Tab")
        try browser.press("Enter")
        try browser.see("#connection .line", "connected to")
        try expectNoProblems()
    }
}
