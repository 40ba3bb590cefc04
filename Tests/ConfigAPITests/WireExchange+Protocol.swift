@testable import BridgeEngine
@testable import ConfigAPI

extension WireExchange {
    private static let example = stored(domain: "example.com")
    private static let nothing = WireAnswer.failure("404 Not Found", "<unrecognisedObject />")

    /// How a path is read.
    static let paths: [WireExchange] = [
        WireExchange("a doubled slash at the beginning", get("//api/v1/configuration/xmpp"), .configuration()),
        WireExchange(
            "PUT to a doubled slash", request("PUT", "//api/v1/configuration/xmpp", [form], "domain=example.com"),
            .changed(1), stored: example),
        WireExchange("doubled slashes anywhere", get("///api//v1//configuration///xmpp//"), .configuration()),
        WireExchange("a trailing slash", get("/api/v1/configuration/xmpp/"), .configuration()),
        WireExchange("a trailing question mark", get("/api/v1/configuration/xmpp?"), .configuration()),
        WireExchange("both", get("/api/v1/configuration/xmpp/?"), .configuration()),
        WireExchange("another case", get("/API/V1/System/CONFIGURATION/Xmpp"), .configuration()),
        WireExchange("the whole URL", get("http://cms.test/api/v1/configuration/xmpp"), .configuration()),
        // RFC 9112 §3.2.2: the target's host counts then; there is one host here anyway.
        WireExchange(
            "the whole URL of another host", get("http://other.test/api/v1/configuration/xmpp"), .configuration()),
        WireExchange("an encoded NUL", get("/api/v1/configuration/xmpp%00"), nothing),
        WireExchange("an encoded NUL before a suffix", get("/api/v1/configuration/xmpp%00/status"), nothing),
        WireExchange("an encoded slash", get("/api/v1/configuration%2Fxmpp"), nothing),
        WireExchange("an encoded letter", get("/api/v1/configuration/xmp%70"), nothing),
        WireExchange("encoded dots", get("/api/v1/x/%2e%2e/configuration/xmpp"), nothing),
        WireExchange("dots", get("/api/v1/x/../configuration/xmpp"), nothing),
        WireExchange("a single dot", get("/api/v1/./configuration/xmpp"), nothing),
        WireExchange("a backslash", get(#"/api\v1\configuration\xmpp"#), nothing),
        WireExchange("a fragment", get("/api/v1/configuration/xmpp#x"), nothing),
        WireExchange("a parameter of the path", get("/api/v1/configuration/xmpp;x=1"), nothing),
        WireExchange("no node", get("/api/v1"), nothing),
        WireExchange("an unknown node", get("/api/v1/coSpaces"), nothing),
        WireExchange("an unknown node, PUT", request("PUT", "/api/v1/coSpaces", [form], "name=x"), nothing),
        WireExchange("a node below the configuration", get("/api/v1/configuration/xmpp/x"), nothing),
        WireExchange("no API", get("/configuration/xmpp"), nothing),
        WireExchange(
            "another version", get("/api/v2/configuration/xmpp"), .failure("404 Not Found", "<invalidVersion />")),
        WireExchange("another version alone", get("/api/v2"), .failure("404 Not Found", "<invalidVersion />")),
        WireExchange("what is no version", get("/api/version/configuration/xmpp"), nothing),
        WireExchange("an asterisk", request("OPTIONS", "*"), nothing),
    ]

    /// Who asks.
    static let credentials: [WireExchange] = [
        WireExchange(
            "credentials after the challenge, on the same connection", .send(get(user: nil)), .receive(.challenge),
            .send(get()), .receive(.configuration())),
        WireExchange(
            "a PUT is sent again after the challenge", stored: example, .send(put("domain=example.com", user: nil)),
            .receive(.challenge), .send(put("domain=example.com")), .receive(.changed(1))),
        WireExchange("a user who is none", get(user: "stranger"), .challenge),
        WireExchange("the challenge is empty for JSON too", get(path, [acceptsJSON], user: nil), .challenge),
        WireExchange(
            "the scheme in lower case", get(path, ["authorization: basic YWRtaW46cHc="], user: nil), .configuration()),
        WireExchange("another scheme", get(path, ["Authorization: Bearer YWRtaW46cHc="], user: nil), .challenge),
        WireExchange("credentials that are no base64", get(path, ["Authorization: Basic %"], user: nil), .challenge),
        WireExchange("no password", get(path, ["Authorization: Basic YWRtaW4="], user: nil), .challenge),
        WireExchange("credentials twice", get(path, [credentials("admin")]), .challenge),
        WireExchange("a path that is none, without a user", get("/x", user: nil), .challenge),
        WireExchange("another version, without a user", get("/api/v2/x", user: nil), .challenge),
        WireExchange("a method that is not allowed, without a user", request("DELETE", user: nil), .challenge),
    ]

    private static let expectation = [form, "Expect: 100-continue"]

    /// The head of a PUT whose body of `count` bytes comes later.
    private static func head(_ count: Int, _ fields: [String] = expectation, version: String = "HTTP/1.1") -> String {
        request("PUT", path, fields + ["Content-Length: \(count)"], version: version)
    }

    /// Connections, and how requests follow one another on them.
    static let connections: [WireExchange] = [
        WireExchange(
            "a client that waits for 100", stored: example, .send(head(18)), .receiveContinue,
            .send("domain=example.com"), .receive(.changed(1))),
        WireExchange(
            "a client that waits for 100, without a user", stored: example,
            .send(request("PUT", path, expectation + ["Content-Length: 18"], user: nil)), .receiveContinue,
            .send("domain=example.com"), .receive(.challenge), .send(head(18)), .receiveContinue,
            .send("domain=example.com"), .receive(.changed(1))),
        WireExchange(
            "the expectation in another case", stored: example, .send(head(18, [form, "expect: 100-Continue"])),
            .receiveContinue, .send("domain=example.com"), .receive(.changed(1))),
        WireExchange(
            "a client that waits for 100 and then sends chunks", stored: example,
            .send(request("PUT", path, expectation + ["Transfer-Encoding: chunked"])), .receiveContinue,
            .send("12\r\ndomain=example.com\r\n0\r\n\r\n"), .receive(.changed(1))),
        WireExchange(
            "413 instead of 100", head(65_537), .failure("413 Content Too Large").closing),
        WireExchange(
            "413 before a body that is much too long", head(2_000_000, [form]),
            .failure("413 Content Too Large").closing),
        WireExchange(
            "another expectation counts for nothing", head(18, [form, "Expect: something"]) + "domain=example.com",
            .changed(1), stored: example),
        WireExchange(
            "HTTP/1.0 knows no 100", head(18, version: "HTTP/1.0") + "domain=example.com", .changed(1).closing,
            stored: example),
        WireExchange(
            "GET by HTTP/1.0", "GET \(path) HTTP/1.0\r\n\(credentials("admin"))\r\n\r\n", .configuration().closing),
        WireExchange(
            "HTTP/1.0 that wants to go on", get(path, ["Connection: keep-alive"], version: "HTTP/1.0"),
            keptAlive(.configuration())),
        WireExchange("HTTP/1.1 that does not", get(path, ["Connection: close"]), .configuration().closing),
        WireExchange(
            "PUT with Connection: close", put("domain=example.com", [form, "Connection: close"]), .changed(1).closing,
            stored: example),
        WireExchange(
            "HEAD with Connection: close", request("HEAD", path, ["Connection: close"]), .configuration().toHead.closing
        ),
        WireExchange(
            "requests in a row without waiting", stored: stored(name: "cb1", domain: "example.com", revision: 2),
            .send(
                get() + put("domain=example.com") + request("HEAD") + get("/api/v1/x") + put("uniqueName=cb1")
                    + put("domain=-") + get()),
            .receive(.configuration()), .receive(.changed(1)),
            .receive(.configuration(domain: "example.com", revision: 1).toHead), .receive(nothing),
            .receive(.changed(2)),
            .receive(.wrong(("domain", "invalidValue"), revision: 2)),
            .receive(.configuration(name: "cb1", domain: "example.com", revision: 2))),
        WireExchange(
            "chunks",
            request("PUT", path, [form, "Transfer-Encoding: chunked"])
                + "7;x=y\r\ndomain=\r\nB\r\nexample.com\r\n0\r\nX-Trailer: y\r\n\r\n", .changed(1), stored: example),
        WireExchange("lines before the request", "\r\n\r\n" + get(), .configuration()),
        WireExchange(
            "a GET that carries a form's type and no body", get(path, [form, "Content-Length: 0"]), .configuration()),
        WireExchange("a GET that carries a body", request("GET", path, [form], "domain=example.com"), .configuration()),
        WireExchange(
            "known already", get(path, [#"If-None-Match: "0-xml""#]), notModified),
        WireExchange(
            "stale", put("domain=a", [form, #"If-Match: "7-xml""#]), .failure("412 Precondition Failed", revision: 0)),
    ]

    private static func keptAlive(_ answer: WireAnswer) -> WireAnswer {
        var answer = answer
        answer.connection = "Keep-Alive"
        return answer
    }

    private static var notModified: WireAnswer {
        var answer = WireAnswer.configuration().toHead
        answer.status = "304 Not Modified"
        return answer
    }

    private static func get(_ target: String, _ fields: [String], version: String) -> String {
        request("GET", target, fields, version: version)
    }

    /// What hides behind a request that two parsers may read differently.
    private static let hidden = put("domain=smuggled.test")

    /// Heads that are refused, with a PUT behind them that must never be seen.
    static let smuggling: [WireExchange] =
        HTTPFramingTests.ambiguous.map { fields in
            WireExchange(
                "refused: \(fields.debugDescription)",
                "PUT \(path) HTTP/1.1\r\n\(credentials("admin"))\r\n\(fields)\r\n0\r\n\r\n" + hidden, .refused)
        } + [
            WireExchange(
                "HTTP/1.1 without Host", "GET \(path) HTTP/1.1\r\n\(credentials("admin"))\r\n\r\n" + hidden, .refused),
            WireExchange("bare line feeds", get().replacing("\r\n", with: "\n") + hidden, .refused),
            WireExchange("a target without a slash", get("api/v1/configuration/xmpp") + hidden, .refused),
            WireExchange("a target of another scheme", get("ftp://cms.test/") + hidden, .refused),
            WireExchange("a tunnel", request("CONNECT", "cms.test:443") + hidden, .refused),
            WireExchange("an asterisk for GET", get("*") + hidden, .refused),
            WireExchange(
                "chunks in HTTP/1.0",
                request("PUT", path, ["Transfer-Encoding: chunked"], version: "HTTP/1.0") + "0\r\n\r\n" + hidden,
                .refused),
            WireExchange(
                "the second request of a connection", .send(get()), .receive(.configuration()),
                .send(get(path, ["Content-Length: 3", "Content-Length: 30"]) + hidden), .receive(.refused)),
            library(
                "a field line without a colon", "GET / HTTP/1.1\r\nHost x\r\n\r\n" + hidden, "400 Bad Request",
                "Request malformed", "Your HTTP request was syntactically incorrect."),
            library(
                "a head that is too large", get(path, ["X: " + String(repeating: "y", count: 33_000)]),
                "431 Request Header Fields Too Large", "Request too big",
                "Your HTTP header was too big for the memory constraints of this webserver."),
            library(
                "a target that is too long", get("/" + String(repeating: "y", count: 33_000)), "414 URI Too Long",
                "Request too big", "Your HTTP header was too big for the memory constraints of this webserver."),
            library(
                "another version of HTTP", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505 HTTP Version Not Supported",
                "Requested HTTP version is not supported", "Requested HTTP version is not supported."),
        ]

    /// What libmicrohttpd finds while it parses has its own answer.
    private static func library(
        _ name: String, _ request: String, _ status: String, _ title: String, _ text: String
    ) -> WireExchange {
        WireExchange(
            name, request,
            WireAnswer(
                status: status, closes: true,
                body: "<html><head><title>\(title)</title></head><body>\(text)</body></html>", isLibrarys: true))
    }
}
