import HTTPTypes
import Testing

@testable import ConfigAPI

/// What all pages have in common, and the files that they load.
@Suite struct WebPageTests {
    private static let pages = ["/configuration/general", "/status/general"]
    private let harness: APIHarness

    init() throws {
        harness = try APIHarness()
    }

    @Test(arguments: pages, ["GET", "HEAD"]) func `a page is safe, and nobody keeps it`(path: String, method: String)
        async throws
    {
        let answer = try await harness.ask(method, path)
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
        #expect(answer.header("Cache-Control") == "no-store")
        #expect(answer.header("X-Frame-Options") == "DENY")
        #expect(answer.header("X-Content-Type-Options") == "nosniff")
        #expect(answer.header("Referrer-Policy") == "same-origin")
        let policy = try #require(answer.header("Content-Security-Policy"))
        #expect(policy.hasPrefix("default-src 'none'; ") && !policy.contains("unsafe") && !policy.contains("*"))
        #expect(
            !answer.body.contains("<script>") && !answer.body.contains("<style") && !answer.body.contains(" style="))
        #expect(!answer.body.contains("{{"))
    }

    @Test func `over HTTPS a page says so for a year`() async throws {
        for path in Self.pages {
            let request = HTTPServerRequest(
                method: .get, target: path, headerFields: [:], remoteAddress: "192.0.2.7", isSecure: true)
            let answer = harness.handler.refusal(status: .badRequest, request)
            #expect(answer.headerFields[.strictTransportSecurity] == "max-age=31536000")
        }
    }

    @Test func `the front door leads to the status`() async throws {
        let answer = try await harness.ask("GET", "/")
        #expect(answer.status == 303)
        #expect(answer.header("Location") == "/status/general")
        #expect(try await harness.ask("GET", "/", user: nil).status == 401)
    }

    @Test(arguments: WebFile.allCases) func `a file needs no user, and is asked for by its tag`(file: WebFile)
        async throws
    {
        let first = try await harness.ask("GET", "/\(file.rawValue)", user: nil)
        #expect(first.status == 200)
        #expect(first.body == String(decoding: file.bytes, as: UTF8.self) && !first.body.isEmpty)
        #expect(first.header("Content-Type") == file.contentType)
        #expect(first.header("Cache-Control") == "no-cache")
        let tag = try #require(first.header("ETag"))
        for known in [tag, "W/\(tag), \"x\"", "*"] {
            let again = try await harness.ask("GET", "/\(file.rawValue)", [("If-None-Match", known)], user: nil)
            #expect(again.status == 304)
            #expect(again.header("ETag") == tag)
        }
        #expect(
            try await harness.ask("GET", "/\(file.rawValue)", [("If-None-Match", "\"x\"")], user: nil).status == 200)
        #expect(try await harness.ask("POST", "/\(file.rawValue)").status == 405)
    }

    @Test(
        arguments: [
            ("GET", "/status/general", nil, 401, "A user name and a password are needed."),
            ("GET", "/configuration/general", "login", 403, "This user may not do that."),
            ("GET", "/status/general", "login", 403, "This user may not do that."),
            ("POST", "/configuration/general", "reader", 403, "This user may not do that."),
            ("POST", "/configuration/general/check", "reader", 403, "This user may not do that."),
            ("PUT", "/status/general", "admin", 405, "Only GET, HEAD can be used"),
            ("GET", "/configuration/general/check", "admin", 405, "Only POST can be used"),
            ("GET", "/status/general?event=1", "admin", 400, "event: There is no parameter of this name."),
            ("GET", "/status/general?events=-1", "admin", 400, "events: A number of events, from 0 to"),
            ("GET", "/status/general?events=1000001", "admin", 400, "events: A number of events, from 0 to 1000000."),
            ("GET", "/status/general?events=9223372036854775807", "admin", 400, "events: A number of events"),
            ("GET", "/status/general?events=9223372036854775808", "admin", 400, "events: A number of events"),
            ("GET", "/status/general?attempt=x", "admin", 400, "attempt: The number of an attempt."),
            ("GET", "/configuration/general?x=1", "admin", 400, "x: There is no parameter of this name."),
        ] as [(String, String, String?, Int, String)])
    func `a failure of a page is a page`(method: String, target: String, user: String?, status: Int, words: String)
        async throws
    {
        let answer = try await harness.ask(method, target, [("Accept", "application/json")], user: user)
        #expect(answer.status == status)
        #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
        #expect(answer.header("Cache-Control") == "no-store")
        #expect(answer.body.contains(words))
        #expect((answer.header("WWW-Authenticate") == #"Basic realm="acano""#) == (status == 401))
        #expect((answer.header("Allow") != nil) == (status == 405))
    }

    @Test func `what the server itself refuses is a page where it is one's`() {
        for (target, type) in [
            ("/status/general", "text/html; charset=utf-8"), ("/api/v1/events", "text/xml"), ("", "text/xml"),
        ] {
            let head = HTTPServerRequest(
                method: .get, target: target, headerFields: [.accept: "text/html"], remoteAddress: "", isSecure: false)
            #expect(harness.handler.refusal(status: .contentTooLarge, head).headerFields[.contentType] == type)
        }
    }

    @Test func `elsewhere a browser gets what everybody gets`() async throws {
        for (target, status) in [("/nothing", 404), ("/api/v1/events", 200), ("/api/v1/x", 404)] {
            let answer = try await harness.ask("GET", target, [("Accept", "text/html")])
            #expect(answer.status == status)
            #expect(answer.header("Content-Type") == "text/xml")
        }
    }

    @Test(arguments: [
        [("Origin", "https://evil.test"), ("Host", "cms.test")], [("Origin", "null"), ("Host", "cms.test")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Origin", "null"), ("Host", "cms.test"), ("Sec-Fetch-Site", "same-origin")],
        [("Origin", "https://evil.test"), ("Host", "cms.test"), ("Sec-Fetch-Site", "same-origin")],
        [("Origin", "https://cms.test"), ("Host", "cms.test")],
    ])
    func `a form of another site is refused`(headers: [(String, String)]) async throws {
        let form = [(name: "Content-Type", value: "application/x-www-form-urlencoded")]
        for path in ["/configuration/general", "/configuration/general/check"] {
            let answer = try await harness.ask(
                "POST", path, form + headers.map { (name: $0.0, value: $0.1) }, body: "uniqueName=evil&revision=0")
            #expect(answer.status == 403)
        }
        #expect(harness.store.configuration.revision == 0)
        #expect(harness.bridge.checks.isEmpty)
    }

    @Test(arguments: [
        [("Origin", "http://cms.test"), ("Host", "cms.test")],
        [("Origin", "http://cms.test"), ("Host", "cms.test"), ("Sec-Fetch-Site", "same-origin")],
        // Behind a proxy that ends TLS.
        [("Origin", "https://CMS.test:8443"), ("Host", "cms.test:8443"), ("Sec-Fetch-Site", "same-origin")],
    ])
    func `a form of the page's own is not`(headers: [(String, String)]) async throws {
        let form = [(name: "Content-Type", value: "application/x-www-form-urlencoded; charset=UTF-8")]
        let answer = try await harness.ask(
            "POST", "/configuration/general", form + headers.map { (name: $0.0, value: $0.1) },
            body: "uniqueName=good&revision=0")
        #expect(answer.status == 303)
    }
}
