import HTTPTypes
import Testing

@testable import ConfigAPI

@Suite(.blocking) struct HTTPFramingTests {
    /// Heads that two parsers may read differently, each with a second request hidden behind it.
    static let ambiguous: [String] = [
        "Host: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n",
        "Host: x\r\nContent-Length: 3\r\nContent-Length: 30\r\n",
        "Host: x\r\ncontent-length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Host: x\r\nTransfer-Encoding: gzip, chunked\r\n",
        "Host: x\r\nTransfer-Encoding: chunked \r\n",
        "Host: x\r\nTransfer-Encoding: xchunked\r\n",
        "Host: x\r\nTransfer-Encoding: identity\r\n",
        "Host: x\r\nTransfer-Encoding:\r\n",
        "Host: x\r\nContent-Length : 3\r\n",
        "Host: x\r\nTransfer-Encoding : chunked\r\n",
        "Host: x\r\nTransfer-Encoding\t: chunked\r\n",
        "Host: x\r\n Content-Length: 3\r\n",
        " Host: x\r\n",
        "Host: x\r\nHost: x\r\n",
        "Host: x\r\nX: a\r\n b\r\n",
        "Host: x\r\nX: a\r\n\tContent-Length: 3\r\n",
        "Host: x\r\nX: a\rb\r\n",
        "Host: x\r\nX: a\r\r\n",
        "Host: x\r\nX: a\0b\r\n",
        "Host: x\r\nX: a\0\0b\r\n",
        "Host: x\r\nX: a\nContent-Length: 3\r\n",
        "Host: x\nX: a\n",
        "Host: x\r\nX: \u{1}\r\n",
        "Host: x\r\n: a\r\n",
        "Host: x\r\nX(y): a\r\n",
        "Host: x y\r\n",
        "Host: x/y\r\n",
        "X: a\r\n",
        "",
    ]

    @Test(arguments: ambiguous)
    func `refuses an ambiguous head and closes`(fields: String) async throws {
        let test = try HTTPTestServer()
        let client = try test.client()
        try client.send("PUT /a HTTP/1.1\r\n\(fields)\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == 400)
        #expect(answer.body == "refused")
        #expect(answer.fields["connection"]?.lowercased() == "close")
        #expect(try client.rest() == "")
        await test.stop()
    }

    @Test(arguments: [
        "GET /a HTTP/1.2\r\nHost: x\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET  /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\u{e4} HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a\tb HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: x\r\n\r\n", "G(T /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a HTTP/1.1\nHost: x\n\n",
        "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ])
    func `refuses a bad request line and closes`(request: String) async throws {
        let test = try HTTPTestServer()
        let client = try test.client()
        try client.send(request)
        #expect(try client.answer().status == 400)
        #expect(try client.rest() == "")
        await test.stop()
    }

    /// What libmicrohttpd refuses before the server sees the head; it writes the answer's head twice for some.
    @Test(arguments: [
        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", "GET / HTTP/1.1\r\nHost x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX\0Y: b\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1\r\n",
        "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", "GET /\r\n", "nonsense\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X: y\r\n", count: 9_000))\r\n",
    ])
    func `never serves what cannot be parsed`(request: String) async throws {
        let test = try HTTPTestServer(handler: HTTPTestHandler { _, _ in .respond(.text("served")) })
        let client = try test.client()
        _ = client.trySend(Array((request + "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n").utf8))
        let all = try client.rest()
        #expect(!all.contains("served"))
        #expect(all.isEmpty || all.hasPrefix("HTTP/1.1 4") || all.hasPrefix("HTTP/1.1 505"))
        await test.stop()
    }

    @Test(arguments: [
        "GET /a HTTP/1.1\r\nHost:x\r\n\r\n", "GET /a HTTP/1.1\r\nhost: \t x \t \r\nX:\r\nY: \r\n\r\n",
        "\r\n\r\nGET /a HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET /a HTTP/1.1\r\nHost:\r\n\r\n",
        "GET /a?x=%00&y=+&z HTTP/1.1\r\nCookie: a=b; c=\"d\"\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        "GET /a?\(String(repeating: "&", count: 9_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a HTTP/1.0\r\n\r\n", "GET http://y/a HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a HTTP/1.1\r\nX: \u{e4}\r\nHost: x\r\nX: second\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "y", count: 12_000))\r\n\r\n",
    ])
    func `takes a good head however it arrives`(request: String) async throws {
        let test = try HTTPTestServer(
            handler: HTTPTestHandler { request, _ in .respond(.text("\(request.path) \(request.headerFields.count)")) })
        let whole = try test.client()
        try whole.send(request)
        let expected = try whole.answer()
        #expect(expected.status == 200)
        if request.utf8.count < 1000 {
            let pieces = try test.client()
            for byte in request.utf8 { try pieces.send([byte]) }
            #expect(try pieces.answer().body == expected.body)
        }
        await test.stop()
    }

    @Test func `checks later requests of a connection as well`() async throws {
        let test = try HTTPTestServer()
        let client = try test.client()
        let good = "GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n"
        try client.send(good + good + "GET /b HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n" + good)
        #expect(try client.answer().status == 200)
        #expect(try client.answer().status == 200)
        #expect(try client.answer().status == 400)
        #expect(try client.rest() == "")
        await test.stop()
    }
}
