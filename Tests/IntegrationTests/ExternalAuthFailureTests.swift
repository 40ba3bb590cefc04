import Foundation
import TestSupport
import Testing

/// What `callbridge-extauth` does when it can't ask: nobody gets in, the reason is said, and all heals by itself.
@Suite struct ExternalAuthFailureTests {
    private let api: LoginAPI
    private let scratch: ScratchDirectory

    init() throws {
        api = try LoginAPI()
        scratch = try ScratchDirectory("extauth-test")
    }

    /// Expects that a guest is refused for a reason that is said.
    private func expectRefusal(
        by program: ExternalAuth, saying words: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try !program.accepts("guest1", "secret-of-a-guest"), sourceLocation: sourceLocation)
        let said = program.said.split(separator: "\n").last ?? ""
        #expect(said.hasPrefix("callbridge-extauth: a login is refused"), sourceLocation: sourceLocation)
        #expect(said.contains(words), "\(said)", sourceLocation: sourceLocation)
        #expect(!program.said.contains("secret-of-a-guest"), sourceLocation: sourceLocation)
        #expect(!program.said.contains(api.password), sourceLocation: sourceLocation)
    }

    @Test func `an API that is away, and back again`() throws {
        let program = try ExternalAuth(api.arguments())
        #expect(try program.accepts("guest1", "x"))
        try api.server.stop()
        try expectRefusal(by: program, saying: "\(api.url): Connection refused")
        try api.server.restart()
        try api.server.process.waitForLog(containing: "listening address=https:")
        #expect(try program.accepts("guest1", "x"))
    }

    @Test func `a restart between two logins is not noticed`() throws {
        let program = try ExternalAuth(api.arguments())
        #expect(try program.accepts("guest1", "x"))
        api.server.kill()
        try api.server.restart()
        try api.server.process.waitForLog(containing: "listening address=https:")
        #expect(try program.accepts("guest1", "x"))
        #expect(program.said == "")
    }

    @Test func `an API that is frozen, and thawed again`() throws {
        let program = try ExternalAuth(api.arguments(["--timeout": "1"]))
        for connection in ["kept", "new"] {
            if connection == "kept" { #expect(try program.accepts("guest1", "x")) }
            api.server.process.freeze()
            let start = ContinuousClock.now
            try expectRefusal(by: program, saying: "no answer in time")
            #expect(ContinuousClock.now - start < .seconds(5), "\(connection)")
            api.server.process.thaw()
        }
        // The first answers after the thaw may be late.
        let deadline = ContinuousClock.now + .seconds(20)
        while try !program.accepts("guest1", "x"), ContinuousClock.now < deadline {}
        #expect(try program.accepts("guest1", "x"))
    }

    @Test func `a password that is not the API's, a user without the role, and their mending`() throws {
        let file = try scratch.write("wrong\n", to: "password")
        let program = try ExternalAuth(api.arguments(["--password-file": file]))
        try expectRefusal(by: program, saying: "the API has no user ejabberd with this password")
        try scratch.write(api.password, to: "password")
        #expect(try program.accepts("guest1", "x"))

        try api.server.addAPIUser("reader", role: "readonly", password: api.password)
        let reader = try ExternalAuth(api.arguments(["--user": "reader"]))
        try expectRefusal(by: reader, saying: "may not ask, it needs the role login")
    }

    @Test(arguments: [
        ("\(UUID())", 0o640, "others than its owner have access to it, mode 0640"),
        ("\(UUID())", 0o604, "mode 0604"), ("", 0o600, "must hold one line"), ("\n", 0o600, "must hold one line"),
        ("one\ntwo\n", 0o600, "must hold one line"),
        (String(repeating: "x", count: 5_000), 0o600, "must hold one line"),
    ]) func `a password file that can't be used is named at the start already, and mended while it runs`(
        text: String, mode: Int, words: String
    ) throws {
        let file = try scratch.write(text, to: "password", mode: mode)
        let program = try ExternalAuth(api.arguments(["--password-file": file]))
        let first = "callbridge-extauth: until this is mended, nobody can log in: password file \(file): "
        try program.process.waitForLog(containing: first)
        #expect(program.said.contains(words), "\(program.said)")
        try expectRefusal(by: program, saying: words)
        if text.count > 1 { #expect(!program.said.contains(text.prefix(3))) }
        try scratch.write(api.password, to: "password")
        #expect(try program.accepts("guest1", "x"))
    }

    @Test func `a password file that is none`() throws {
        let missing = try ExternalAuth(api.arguments(["--password-file": scratch.file("none")]))
        try expectRefusal(by: missing, saying: "No such file or directory")
        let directory = try ExternalAuth(api.arguments(["--password-file": scratch.path]))
        try expectRefusal(by: directory, saying: "password file \(scratch.path): Is a directory")
        let device = try ExternalAuth(api.arguments(["--password-file": "/dev/null"]))
        try expectRefusal(by: device, saying: "password file /dev/null: not a regular file")
    }

    @Test func `another authority's certificate, another name's, and none to trust`() throws {
        let stranger = try ExternalAuth(api.arguments(["--ca-file": TestPKI.shared().authority]))
        try expectRefusal(by: stranger, saying: "certificate not accepted: ")
        let certificate = try TestPKI.shared().server(.good)
        let other = try LoginAPI(
            .init(further: ["--tls-certificate", certificate.certificate, "--tls-key", certificate.key]))
        let misnamed = try ExternalAuth(other.arguments(["--ca-file": TestPKI.shared().authority]))
        try expectRefusal(by: misnamed, saying: "certificate not accepted: ")
        let empty = try scratch.write("no certificate", to: "ca.pem")
        let none = try ExternalAuth(api.arguments(["--ca-file": empty]))
        try none.process.waitForLog(containing: "nobody can log in: CA file \(empty)")
        try expectRefusal(by: none, saying: "CA file \(empty)")
    }

    @Test func `an API that wants a client's certificate gets it`() throws {
        let pki = try TestPKI.shared()
        let strict = try LoginAPI(.init(further: ["--tls-client-ca", pki.authority]))
        let without = try ExternalAuth(strict.arguments())
        try expectRefusal(by: without, saying: strict.url)
        let files = pki.client(.callbridge)
        let with = try ExternalAuth(
            strict.arguments(["--client-certificate": files.certificate, "--client-key": files.key]))
        #expect(try with.accepts("guest1", "x"), "\(with.said)")
    }

    /// Answers with which nobody gets in, however much they look like it.
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
            "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"result\":\"failed\",\"reason\":\"storeFailed\"}",
            "answered failed, storeFailed"
        ),
    ]) func `an answer that is none lets nobody in`(answer: String, words: String) throws {
        let server = try CannedServer([answer])
        let program = try ExternalAuth(api.arguments(["--url": "http://127.0.0.1:\(server.port)"]))
        try expectRefusal(by: program, saying: words)
    }

    @Test(arguments: [
        #"{"result":"refused","reason":"notAuthorized"}"#, #"{"result":"refused","reason":"tooManyAttempts"}"#,
        #"{"result":"Accepted"}"#, #"{"result":["accepted"]}"#, #"{"result":true}"#,
    ]) func `an answer with another word is a plain no`(body: String) throws {
        let server = try CannedServer(["HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"])
        let program = try ExternalAuth(api.arguments(["--url": "http://127.0.0.1:\(server.port)"]))
        #expect(try !program.accepts("guest1", "x"))
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
        let usual = arguments.isEmpty ? [] : ["--user", "x", "--password-file", "x"]
        let program = try ExternalAuth(usual + arguments, input: [])
        #expect(program.process.exit == .code(2))
        #expect(program.said.split(separator: "\n").last?.contains(words) == true, "\(program.said)")
        #expect(program.answers == [])
    }
}
