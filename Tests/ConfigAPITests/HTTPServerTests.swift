import HTTPTypes
import Testing

@testable import ConfigAPI

@Suite(.blocking) struct HTTPServerTests {
    @Test(arguments: ["GET", "PUT", "POST", "DELETE", "PATCH", "BREW"])
    func `hands any method with target and body to the handler`(method: String) async throws {
        let test = try HTTPTestServer()
        let client = try test.client()
        try client.send("\(method) /a%2Fb//c?d=e%20f HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        let answer = try client.answer()
        #expect(answer.status == 200)
        #expect(answer.body == "\(method) /a%2Fb//c?d=e%20f hello")
        #expect(answer.fields["content-type"] == "text/plain")
        #expect(answer.fields["date"] != nil)
        await test.stop()
    }

    @Test func `answers HEAD with the length of the body and without it`() async throws {
        let test = try HTTPTestServer()
        let client = try test.client()
        try client.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\nGET /y HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.answer(toHead: true).fields["content-length"] == "8")
        #expect(try client.answer().body == "GET /y ")
        await test.stop()
    }

    @Test func `sends Content-Length 0 with an empty body and passes fields and status on`() async throws {
        let test = try HTTPTestServer(
            handler: HTTPTestHandler { _, _ in
                .respond(
                    HTTPServerResponse(
                        status: .methodNotAllowed,
                        headerFields: [.allow: "GET, PUT", .wwwAuthenticate: "Basic realm=\"a\""]))
            })
        let client = try test.client()
        try client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == 405)
        #expect(answer.fields["content-length"] == "0")
        #expect(answer.fields["allow"] == "GET, PUT")
        #expect(answer.fields["www-authenticate"] == "Basic realm=\"a\"")
        #expect(answer.fields["connection"] == nil)
        await test.stop()
    }

    @Test func `keeps a connection for further requests`() async throws {
        let test = try HTTPTestServer()
        let client = try test.client()
        for number in 0..<20 {
            try client.send("PUT /\(number) HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
            #expect(try client.answer().body == "PUT /\(number) ab")
        }
        #expect(test.server.counters.connectionsMade == 1)
        await test.stop()
    }

    @Test func `answers pipelined requests in their order`() async throws {
        let workers = HTTPWorkers()
        let test = try HTTPTestServer(
            handler: HTTPTestHandler { request, responder in
                if request.path == "/1" { return .respond(.text("1")) }
                workers.run { responder.respond(.text(request.path)) }
                return .later
            })
        let client = try test.client()
        try client.send((0..<30).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
        for number in 0..<30 { #expect(try client.answer().body == (number == 1 ? "1" : "/\(number)")) }
        workers.drain()
        await test.stop()
    }

    @Test func `puts a chunked body together and drops extensions and trailers`() async throws {
        let test = try HTTPTestServer()
        let client = try test.client()
        try client.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n")
        for piece in ["3;x=y\r\n", "abc\r", "\n4\r\nde", "fg\r\n0\r\n", "X: y\r\n\r\n"] { try client.send(piece) }
        #expect(try client.answer().body == "POST /c abcdefg")
        try client.send("GET /d HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.answer().body == "GET /d ")
        await test.stop()
    }

    @Test func `asks a client that expects it to continue`() async throws {
        let test = try HTTPTestServer()
        let client = try test.client()
        try client.send("PUT /e HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.answer().status == 100)
        try client.send("abc")
        #expect(try client.answer().body == "PUT /e abc")
        await test.stop()
    }

    @Test func `shows who asked and over what`() async throws {
        let test = try HTTPTestServer(
            handler: HTTPTestHandler { request, _ in
                .respond(.text("\(request.remoteAddress) \(request.isSecure) \(request.headerFields[.accept] ?? "-")"))
            })
        let client = try test.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\nACCEPT: \t a/b \t\r\n\r\n")
        #expect(try client.answer().body == "127.0.0.1 false a/b")
        await test.stop()
    }

    @Test(arguments: [
        ("/a?b?c", "/a", "b?c"), ("/a?", "/a", ""), ("/a", "/a", nil), ("http://h:1/a?b", "/a", "b"),
        ("HTTP://h", "/", nil), ("https://h?x", "/", "x"), ("*", "*", nil),
    ])
    func `splits a target into path and query`(target: String, path: String, query: String?) {
        let request = HTTPServerRequest(
            method: .get, target: target, headerFields: [:], remoteAddress: "", isSecure: false)
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test func `closes after an answer that says so and after HTTP 1.0`() async throws {
        let test = try HTTPTestServer(
            handler: HTTPTestHandler { _, _ in
                .respond(HTTPServerResponse(status: .ok, headerFields: [.connection: "close"]))
            })
        let client = try test.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.answer().fields["connection"]?.lowercased() == "close")
        #expect(try client.rest() == "")
        let old = try test.client()
        try old.send("GET / HTTP/1.0\r\n\r\n")
        #expect(try old.answer().status == 200)
        #expect(try old.rest() == "")
        await test.stop()
    }

    @Test func `serves several listeners on several threads, and tells their ports`() async throws {
        let sockets = try (0..<3).map { _ in try ListeningSocket.bind(host: "127.0.0.1", port: 0) }
        let server = try HTTPServer(
            listeners: sockets.map { .init($0) }, threads: 3, handler: HTTPTestServer.echo,
            logger: HTTPTestServer.logger)
        try server.start()
        #expect(throws: HTTPServerError.self) { try server.start() }
        for socket in sockets {
            #expect(socket.localAddress == "127.0.0.1:\(socket.port)")
            for _ in 0..<4 {
                let client = try HTTPRawClient(port: socket.port)
                try client.send("GET /p HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try client.answer().body == "GET /p ")
            }
        }
        await server.stop(within: .seconds(5))
        #expect(throws: HTTPRawClient.Failure.self) { try HTTPRawClient(port: sockets[0].port) }
    }

    @Test func `says which address cannot be bound and why`() throws {
        let first = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        let error = #expect(throws: HTTPServerError.self) {
            try ListeningSocket.bind(host: "127.0.0.1", port: first.port)
        }
        #expect(error?.description == "Cannot listen on 127.0.0.1:\(first.port): Address already in use")
        #expect(error?.code == .cannotListen)
    }

    @Test func `stops without ever having been started`() async throws {
        let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        let server = try HTTPServer(
            listeners: [.init(socket)], handler: HTTPTestServer.echo, logger: HTTPTestServer.logger)
        await server.stop(within: .seconds(1))
        await server.stop(within: .seconds(1))
        #expect(throws: HTTPServerError.self) { try server.start() }
    }
}
