import HTTPTypes
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import ConfigAPI

/// Answers that stand: the same request on the same connection is answered without the handler.
@Suite(.blocking) struct HTTPStandingTests {
    /// A handler whose answers are the edition of the moment, and stand until there is another one.
    private final class Press: Sendable {
        let edition = NIOLockedValueBox(1)
        /// The targets that the handler itself was asked for.
        let asked = NIOLockedValueBox<[String]>([])
        /// The ids of the requests that were answered without it.
        let noted = NIOLockedValueBox<[String]>([])

        var handler: HTTPTestHandler {
            HTTPTestHandler { [edition, asked, noted] request, _ in
                let (number, id) = (edition.withLockedValue { $0 }, request.id)
                asked.withLockedValue { $0.append("\(request.method) \(request.target)") }
                var response = HTTPServerResponse.text("\(request.method) \(request.target) \(number)")
                response.headerFields[.eTag] = "\"\(number)\""
                if let name = RequestID.fieldName { response.headerFields[name] = id }
                return .standing(
                    response,
                    Standing(
                        isCurrent: { edition.withLockedValue { $0 } == number },
                        note: { id, _ in noted.withLockedValue { $0.append(id) } }))
            }
        }

        var counts: [Int] { [asked.withLockedValue { $0.count }, noted.withLockedValue { $0.count }] }
    }

    private static func get(_ target: String, _ fields: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n"
    }

    @Test func `the same request has the same answer, with an id of its own`() async throws {
        let press = Press()
        let test = try HTTPTestServer(handler: press.handler)
        let client = try test.client()
        var ids: [String?] = []
        for _ in 0..<3 {
            try client.send(Self.get("/a"))
            let answer = try client.answer()
            #expect(answer.status == 200)
            #expect(answer.body == "GET /a 1")
            #expect(answer.fields["etag"] == "\"1\"")
            #expect(answer.fields["content-type"] == "text/plain")
            #expect(answer.fields["content-length"] == "8")
            #expect(answer.fields["date"] != nil)
            ids.append(answer.fields["x-request-id"])
        }
        #expect(Set(ids.compactMap { $0 }).count == 3)
        #expect(press.counts == [1, 2])
        #expect(press.noted.withLockedValue { $0 } == ids.dropFirst().compactMap { $0 })
        await test.stop()
    }

    @Test func `once it does not stand any more the handler is asked`() async throws {
        let press = Press()
        let test = try HTTPTestServer(handler: press.handler)
        let client = try test.client()
        for number in [1, 1, 2, 2, 3] {
            press.edition.withLockedValue { $0 = number }
            try client.send(Self.get("/a"))
            #expect(try client.answer().body == "GET /a \(number)")
        }
        #expect(press.counts == [3, 2])
        await test.stop()
    }

    @Test(arguments: [
        ("GET /b HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n", "GET /b 1"),
        ("GET /a HTTP/1.0\r\nHost: x\r\nX: y\r\nConnection: keep-alive\r\n\r\n", "GET /a 1"),
        ("GET /a HTTP/1.1\r\nHost: y\r\nX: y\r\n\r\n", "GET /a 1"),
        ("GET /a HTTP/1.1\r\nHost: x\r\nX: z\r\n\r\n", "GET /a 1"),
        ("GET /a HTTP/1.1\r\nHost: x\r\nx: y\r\n\r\n", "GET /a 1"),
        ("GET /a HTTP/1.1\r\nHost: x\r\nX:y \r\n\r\n", "GET /a 1"),
        ("GET /a HTTP/1.1\r\nX: y\r\nHost: x\r\n\r\n", "GET /a 1"),
        ("GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\nY: z\r\n\r\n", "GET /a 1"),
        ("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a 1"),
        ("PUT /a HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n", "PUT /a 1"),
        ("GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\nContent-Length: 1\r\n\r\nb", "GET /a 1"),
    ])
    func `another request is the handler's, whatever differs`(other: String, body: String) async throws {
        let press = Press()
        let test = try HTTPTestServer(handler: press.handler)
        let client = try test.client()
        for request in [Self.get("/a", "X: y\r\n"), other, other] {
            try client.send(request)
            #expect(try client.answer().body == (request == other ? body : "GET /a 1"))
        }
        let isKept = other.hasPrefix("GET") && !other.contains("Content-Length")
        #expect(press.counts == (isKept ? [2, 1] : [3, 0]))
        await test.stop()
    }

    /// What is left in memory by a good head must not make a bad one pass.
    @Test(arguments: [
        "GET /a HTTP/1.1\r\nHost: x\r\nX:\0y\r\n\r\n", "GET /a HTTP/1.1\r\nHost\0 x\r\nX: y\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x\n\nX: y\r\n\r\n", "GET\0/a HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x\r\nX: y\0\r\n\r\n",
    ])
    func `a head that is the same only once it is parsed is refused`(other: String) async throws {
        let press = Press()
        let test = try HTTPTestServer(handler: press.handler)
        let client = try test.client()
        try client.send(Self.get("/a", "X: y\r\n"))
        #expect(try client.answer().status == 200)
        try client.send(other)
        #expect(try client.answer().status == 400)
        #expect(press.counts == [1, 0])
        await test.stop()
    }

    @Test func `requests that come in one piece, or byte by byte`() async throws {
        let press = Press()
        let test = try HTTPTestServer(handler: press.handler)
        let client = try test.client()
        try client.send(String(repeating: Self.get("/a"), count: 50))
        for _ in 0..<50 { #expect(try client.answer().body == "GET /a 1") }
        for byte in Array(Self.get("/a").utf8) { try client.send([byte]) }
        #expect(try client.answer().body == "GET /a 1")
        #expect(press.counts == [1, 50])
        await test.stop()
    }

    @Test func `HEAD has its own, and a client's id stays the client's`() async throws {
        let press = Press()
        let test = try HTTPTestServer(handler: press.handler)
        let client = try test.client()
        let head = "HEAD /a HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\n\r\n"
        for _ in 0..<2 {
            try client.send(head)
            let answer = try client.answer(toHead: true)
            #expect(answer.fields["content-length"] == "9")
            #expect(answer.fields["x-request-id"] == "mine")
        }
        #expect(press.counts == [1, 1])
        await test.stop()
    }

    @Test func `each connection has its own`() async throws {
        let press = Press()
        let test = try HTTPTestServer(handler: press.handler)
        let clients = try (0..<3).map { _ in try test.client() }
        for _ in 0..<2 {
            for client in clients {
                try client.send(Self.get("/a"))
                #expect(try client.answer().body == "GET /a 1")
            }
        }
        #expect(press.counts == [3, 3])
        await test.stop()
    }
}
