import HTTPTypes
import TestSupport
import Testing

@testable import ConfigAPI

@Suite(.blocking) struct RequestIDTests {
    @Test(arguments: [
        ("a", true), ("0b9c2a4e-7d1f-4b53-9f0e-6d8f0c1b2a3d", true), ("Root=1-67891233-abcdef", true),
        ("a.b_c~d:e+f/g", true), (String(repeating: "x", count: 64), true), (String(repeating: "x", count: 65), false),
        ("", false), ("a b", false), ("a\"b", false), ("a;b", false), ("ü", false), ("a\\nb", false), ("<a>", false),
    ]) func `a client's id is taken over where it is a sane token`(id: String, isSane: Bool) throws {
        let name = try #require(RequestID.fieldName)
        #expect(RequestID.sent(in: [name: id]) == (isSane ? id : nil))
    }

    @Test func `each request has an id of its own, also one that is refused`() async throws {
        let ids = HTTPTestHandler { request, _ in .respond(.text(request.id)) }
        let test = try HTTPTestServer(handler: ids)
        let client = HTTPClient(port: test.port)
        let made = try (0..<3).map { _ in try client.request("GET", "/").text }
        #expect(Set(made).count == 3)
        for id in made { #expect(id.wholeMatch(of: /[0-9a-z]+-[0-9a-z]+/) != nil, "\(id)") }
        #expect(try client.request("GET", "/", headers: [("X-Request-Id", "mine")]).text == "mine")
        #expect(try client.request("GET", "/", headers: [("X-Request-Id", "no way")]).text != "no way")
        client.close()
        await test.stop()
    }
}
