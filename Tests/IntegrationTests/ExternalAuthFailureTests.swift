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
        let program = try ExternalAuth(api.arguments(["--timeout": "3"]))
        for connection in ["kept", "new"] {
            if connection == "kept" { #expect(try program.accepts("guest1", "x")) }
            api.server.process.freeze()
            let start = ContinuousClock.now
            try expectRefusal(by: program, saying: "no answer in time")
            #expect(ContinuousClock.now - start < .seconds(10), "\(connection)")
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

    @Test func `a password file that can't be used is named at the start already, and mended while it runs`() throws {
        let cases = [
            ("\(UUID())", 0o640, "others than its owner have access to it, mode 0640"),
            ("\(UUID())", 0o604, "mode 0604"), ("", 0o600, "must hold one line"), ("\n", 0o600, "must hold one line"),
            ("first\nsecond\n", 0o600, "must hold one line"),
            (String(repeating: "x", count: 5_000), 0o600, "must hold one line"),
        ]
        for (text, mode, words) in cases {
            let file = try scratch.write(text, to: "password", mode: mode)
            let program = try ExternalAuth(api.arguments(["--password-file": file]))
            let first = "callbridge-extauth: until this is mended, nobody can log in: password file \(file): "
            try program.process.waitForLog(containing: first)
            #expect(program.said.contains(words), "\(program.said)")
            try expectRefusal(by: program, saying: words)
            if text.count > 1 { #expect(!program.said.contains(text.prefix(5))) }
            try scratch.write(api.password, to: "password")
            #expect(try program.accepts("guest1", "x"), "\(program.said)")
        }
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
}
