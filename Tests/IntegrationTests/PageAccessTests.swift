import Foundation
import TestSupport
import Testing

/// Who gets at the pages, in which browser, and what they look like there.
@Suite struct PageAccessTests {
    private let server: APIServerProcess
    private let browser: BrowserPage
    private static let paths = ["/configuration/general", "/status/general"]

    init() throws {
        server = try APIServerProcess(.trusting())
        browser = try BrowserPage(server)
    }

    @Test(arguments: [(1280, false), (1280, true), (320, false), (320, true)])
    func `wide or narrow, light or dark, it can be read`(width: Int, dark: Bool) throws {
        let prosody = try Prosody()
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        try browser.window(width: width, dark: dark)
        for isConnected in [true, false] {
            if !isConnected {
                prosody.stop()
                _ = try server.waitForFailure()
            }
            for path in Self.paths {
                try browser.open(path)
                try browser.see("#connection .line", isConnected ? "connected to" : "next attempt in")
                #expect(try browser.run("document.documentElement.scrollWidth <= \(width)"), "\(path)")
                #expect(try browser.axe() == [], "\(path)")
                let name = path.split(separator: "/").first ?? ""
                let state = isConnected ? "connected" : "waiting"
                try browser.shoot("\(name)-\(state)-\(width)\(dark ? "-dark" : "")")
            }
        }
        #expect(try browser.problems() == [])
    }

    @Test func `a form of another site changes nothing`() throws {
        // Now the browser sends the password by itself.
        try browser.open("/configuration/general")
        let fields = ["uniqueName": "evil", "revision": "0"]
        #expect(try browser.post(fields, from: "http://localhost:9") == 403)
        #expect(try server.status().revision == 0)
        // The same from the page itself is a Submit.
        try browser.open("/configuration/general")
        try browser.fill("Unique Call Bridge name", "good")
        try browser.click("button", "Submit")
        try browser.see("#done", "revision 1")
    }

    @Test func `over HTTPS it is the same`() throws {
        let port = try FreePorts.reserve()
        let server = try APIServerProcess(.trusting(further: ["--listen", "127.0.0.1:\(port)"]))
        let browser = try BrowserPage(
            server, at: "https://localhost:\(port)", authority: "\(server.databasePath).crt")
        try browser.open("/")
        try browser.see("#connection .line", "not configured")
        try browser.see("#link", "Live")
        try browser.open("/configuration/general")
        try browser.fill("Unique Call Bridge name", "cb1")
        try browser.click("button", "Submit")
        try browser.see("#done", "revision 1")
        #expect(try browser.problems() == [])
    }
}
