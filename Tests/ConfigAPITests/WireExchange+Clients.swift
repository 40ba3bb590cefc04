@testable import BridgeEngine
@testable import ConfigAPI

extension WireExchange {
    private static let example = stored(domain: "example.com")

    /// A request with exactly these lines.
    private static func lines(_ lines: [String], _ body: String = "") -> String {
        lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private static let webClient = "User-Agent: Windows Powershell WebClient"

    /// What programs send that were written for Cisco Meeting Server, and libraries on which they are built.
    static let clients: [WireExchange] = [
        // .NET knows the credentials, and sends them only once it was asked. It waits for 100 each time.
        WireExchange(
            ".NET's WebClient, PUT", stored: example,
            .send(
                lines([
                    "PUT \(path) HTTP/1.1", webClient, form, "Host: cms.test", "Content-Length: 18",
                    "Expect: 100-continue",
                    "Connection: Keep-Alive",
                ])),
            .receiveContinue, .send("domain=example.com"), .receive(.challenge),
            .send(
                lines([
                    "PUT \(path) HTTP/1.1", webClient, form, credentials("admin"), "Host: cms.test",
                    "Content-Length: 18",
                    "Expect: 100-continue",
                ])),
            .receiveContinue, .send("domain=example.com"), .receive(.changed(1))),
        WireExchange(
            ".NET's WebClient, GET",
            .send(lines(["GET \(path) HTTP/1.1", webClient, "Host: cms.test", "Connection: Keep-Alive"])),
            .receive(.challenge),
            .send(lines(["GET \(path) HTTP/1.1", webClient, credentials("admin"), "Host: cms.test"])),
            .receive(.configuration())),
        WireExchange(
            ".NET's WebClient, DELETE with the type of a form",
            lines([
                "DELETE \(path) HTTP/1.1", webClient, form, credentials("admin"), "Host: cms.test", "Content-Length: 0",
            ]), .failure("405 Method Not Allowed", before: ["Allow: GET, HEAD, PUT, POST"], revision: 0)),
        WireExchange(
            "PowerShell's Invoke-RestMethod, PUT without a body",
            lines([
                "PUT /api/v1/system/configuration/xmpp HTTP/1.1", "User-Agent: Mozilla/5.0 WindowsPowerShell/5.1",
                credentials("admin"), "Host: cms.test", "Content-Length: 0",
            ]), .changed(0)),
        WireExchange(
            "PowerShell's Invoke-RestMethod, a page with an empty filter",
            get("/api/v1/system/alarms?filter=&limit=&offset="), .wrongPage),
        // What Python's requests adds by itself, with the types that a client gives it for reading and writing.
        WireExchange(
            "Python's requests, GET",
            lines([
                "GET \(path) HTTP/1.1", "Host: cms.test", "User-Agent: python-requests/2.28.1",
                "Accept-Encoding: gzip, deflate, br", "Accept: application/xml", "Connection: keep-alive",
                credentials("admin"),
            ]), .configuration()),
        WireExchange(
            "Python's requests, PUT of XML",
            lines(
                [
                    "PUT \(path) HTTP/1.1", "Host: cms.test", "User-Agent: python-requests/2.28.1",
                    "Accept-Encoding: gzip, deflate", "Accept: application/xml", "Connection: keep-alive", xml,
                    "Content-Length: 41", credentials("admin"),
                ], "<xmpp><domain>example.com</domain></xmpp>"), .changed(1), stored: example),
        WireExchange(
            "Python's requests, PUT of a form",
            lines(
                [
                    "PUT \(path) HTTP/1.1", "Host: cms.test", "User-Agent: python-requests/2.28.1",
                    "Accept-Encoding: gzip, deflate", "Accept: */*", "Connection: keep-alive", "Content-Length: 18",
                    form,
                    credentials("admin"),
                ], "domain=example.com"), .changed(1), stored: example),
        // TelePresence Management Suite: a path in lower case, and a body that begins with `&`.
        WireExchange(
            "TMS, PUT",
            request("PUT", "/api/v1/system/configuration/XMPP".lowercased(), [form], "&domain=example.com"),
            .changed(1),
            stored: example),
        WireExchange(
            "TMS, the system's status as the first thing it asks",
            .send(get("/api/v1/system/status", user: nil)), .receive(.challenge), .send(get("/api/v1/system/status")),
            .receive(readable[2].answer)),
        WireExchange(
            "curl, PUT",
            lines(
                [
                    "PUT \(path) HTTP/1.1", "Host: cms.test", credentials("admin"), "User-Agent: curl/7.88.1",
                    "Accept: */*",
                    "Content-Length: 18", form,
                ], "domain=example.com"), .changed(1), stored: example),
        WireExchange(
            "Guzzle, GET of the first page",
            lines([
                "GET /api/v1/system/alarms?offset=0&limit=1 HTTP/1.1", "Host: cms.test", "User-Agent: GuzzleHttp/7",
                credentials("admin"),
            ]), .document(#"<alarms total="0"></alarms>"#)),
        WireExchange(
            "a client that sends values as they are", put("serverAddressOverride=10.1.2.3:5223&sharedSecret=a/b@c:d"),
            .changed(1), stored: stored(address: "10.1.2.3:5223", secret: "a/b@c:d")),
    ]
}

extension WireAnswer {
    /// `limit` and `offset` are there, and empty.
    fileprivate static let wrongPage = failure(
        "400 Bad Request",
        #"<parameterError parameter="limit" error="invalidValue" />"#
            + #"<parameterError parameter="offset" error="invalidValue" />"#)
}
