import Foundation
import Testing
import TestSupport

/// The tests' HTTP client against answers written by hand.
struct HTTPClientTests {
    @Test func `Answers of every framing are read from one connection`() throws {
        let server = try CannedServer([
            "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nX-A: 1\r\nx-a:  2 \r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ])
        let client = HTTPClient(port: server.port)
        client.defaultHeaders = [HTTPClient.basicCredentials(user: "admin", password: "pass:word")]

        let first = try client.request("PUT", "/path?x=%2F", headers: [("X-Test", "yes")], body: Array("body".utf8))
        #expect(first.status == 200)
        #expect(first.text == "abc")
        #expect(first.headers["CONTENT-TYPE"] == "text/xml")
        #expect(first.headers.all("X-A") == ["1", "2"])
        #expect(first.headers["absent"] == nil)
        #expect(try client.request("GET", "/").text == "abc0123456789")
        #expect(try client.request("POST", "/", body: []).status == 204)
        let head = try client.request("HEAD", "/")
        #expect(head.headers["Content-Length"] == "5")
        #expect(head.body.isEmpty)
        #expect(try client.request("GET", "/").status == 401)

        let requests = server.requests
        #expect(requests[0].hasPrefix("PUT /path?x=%2F HTTP/1.1\r\nX-Test: yes\r\nHost: 127.0.0.1:\(server.port)\r\n"))
        #expect(requests[0].contains("\r\nAuthorization: Basic YWRtaW46cGFzczp3b3Jk\r\n"))
        #expect(requests[0].hasSuffix("Content-Length: 4\r\nAuthorization: Basic YWRtaW46cGFzczp3b3Jk\r\n\r\nbody"))
        #expect(requests[2].contains("\r\nContent-Length: 0\r\n"))
    }

    @Test func `An answer without a length lasts to the end of the connection`() throws {
        let server = try CannedServer(["HTTP/1.0 200 OK\r\n\r\nall of it"])
        #expect(try HTTPClient(port: server.port).request("GET", "/").text == "all of it")
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
    func `An answer that is cut off is an error`(answer: String) throws {
        let server = try CannedServer([answer])
        #expect(throws: HTTPClient.Failure.self) { try HTTPClient(port: server.port).request("GET", "/") }
    }

    @Test(arguments: ["SSH-2.0-server\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"])
    func `An answer that is not HTTP is an error`(answer: String) throws {
        let server = try CannedServer([answer])
        #expect(throws: HTTPClient.Failure.self) { try HTTPClient(port: server.port).request("GET", "/") }
    }

    @Test func `Silence is an error after the time-out`() throws {
        let server = try OpenSSLServer()
        server.process.freeze()
        let client = HTTPClient(port: server.port, timeout: .milliseconds(100))
        let failure = try #require(throws: HTTPClient.Failure.self) { try client.request("GET", "/") }
        #expect("\(failure)".contains("timed out"))
    }

    @Test func `A closed port is an error`() throws {
        let port = try FreePorts.reserve()
        let failure = try #require(throws: HTTPClient.Failure.self) { try HTTPClient(port: port).request("GET", "/") }
        #expect("\(failure)".contains("refused"))
    }
}
