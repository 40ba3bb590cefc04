import TestSupport
import Testing

/// What `callbridge-extauth` makes of its command line, of its input's end, and of answers that look like those of the
/// API; a server that answers by the book is not needed for it.
@Suite struct ExternalAuthAnswerTests {
    private let scratch: ScratchDirectory
    private let arguments: [String]

    init() throws {
        scratch = try ScratchDirectory("extauth-test")
        arguments = ["--user", "ejabberd", "--password-file", try scratch.write("secret-of-the-user", to: "password")]
    }

    @Test(arguments: [
        ("HTTP/1.1 201 Created\r\nContent-Length: 21\r\n\r\n{\"result\":\"accepted\"}", "answered 201"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n[\"accepted\"]", "not the API of a Call Bridge"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\naccepted", "not the API of a Call Bridge"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull", "not the API of a Call Bridge"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"result\":\"accepted\"}", "too long, or cut off"),
        ("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "[", count: 60_000), "not the API of a Call Bridge"),
        (
            "HTTP/1.1 200 OK\r\n\r\n{\"result\":\"accepted\"}" + String(repeating: " ", count: 70_000),
            "too long, or cut off"
        ),
        ("HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 70_000) + "\r\n\r\n", "not HTTP"),
        ("SSH-2.0-OpenSSH_9.2p1\r\n", "not HTTP"), ("", "closed connection"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n{\"result\":\"failed\",\"reason\":\"storeFailed\"}",
            "answered failed, storeFailed"
        ),
    ]) func `an answer that is none lets nobody in`(answer: String, words: String) throws {
        let server = try CannedServer([answer])
        let program = try ExternalAuth(arguments + ["--url", "http://127.0.0.1:\(server.port)"])
        #expect(try !program.accepts("guest1", "secret-of-a-guest"))
        #expect(program.said.hasPrefix("callbridge-extauth: a login is refused"))
        #expect(program.said.contains(words), "\(program.said)")
        #expect(!program.said.contains("secret-of"), "\(program.said)")
        #expect(server.requests.first?.hasPrefix("POST /api/v1/configuration/xmpp/login/check HTTP/1.1\r\n") == true)
    }

    @Test(arguments: [
        (#"{"result":"accepted"}"#, true), (#"{"more":1,"result":"accepted"}"#, true),
        (#"{"result":"refused","reason":"notAuthorized"}"#, false),
        (#"{"result":"refused","reason":"tooManyAttempts"}"#, false),
        (#"{"result":"Accepted"}"#, false), (#"{"result":["accepted"]}"#, false), (#"{"result":true}"#, false),
    ]) func `one word of an answer lets somebody in, any other is a plain no`(body: String, isYes: Bool) throws {
        let server = try CannedServer(["HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"])
        let program = try ExternalAuth(arguments + ["--url", "http://127.0.0.1:\(server.port)"])
        #expect(try program.accepts("guest1", "x") == isYes)
        #expect(program.said == "")
    }

    @Test(arguments: [
        ([], "the following arguments are required: --user, --password-file"),
        (["--password", "x"], "unrecognized arguments: --password x"),
        (["--url", "https://a:b@127.0.0.1"], "argument --url: can't hold a user or a password"),
        (["--url", "http://192.0.2.1:8080"], "argument --url: passwords are sent over HTTPS, or to this machine"),
        (["--url", "https://127.0.0.1/api"], "argument --url: must be like https://127.0.0.1:8443"),
        (["--url", "127.0.0.1:8443"], "argument --url: must be like https://127.0.0.1:8443"),
        (["--timeout", "30"], "argument --timeout: must be 1 to 25"),
        (["--client-key", "x"], "--client-certificate and --client-key belong together"),
    ]) func `a wrong command line is said and ends it`(arguments: [String], words: String) throws {
        let program = try ExternalAuth(arguments.isEmpty ? [] : self.arguments + arguments, input: [])
        #expect(program.process.exit == .code(2))
        #expect(program.said.split(separator: "\n").last?.contains(words) == true, "\(program.said)")
        #expect(program.answers == [])
    }

    @Test(arguments: [[0], [0, 5], [0, 30] + Array("isuser:al".utf8)] as [[UInt8]])
    func `an input that ends within a question is the end, without an answer to it`(rest: [UInt8]) throws {
        let whole = ExternalAuth.frame(Array("isuser:alice:example.test".utf8))
        let program = try ExternalAuth(arguments, input: whole + rest)
        #expect(program.answers == ExternalAuth.answer(true))
        #expect(program.process.exit == .code(0))
        #expect(program.said.contains("ended within a question"), "\(program.said)")
    }
}
