import TestSupport
import Testing

/// `deploy/prosody/mod_auth_callbridge.lua` in a real Prosody, apart from what the Call Bridge answers.
@Suite struct LoginModuleTests {
    @Test func `luacheck has nothing to say about the module`() throws {
        let module = RepositoryRoot.path("deploy/prosody/mod_auth_callbridge.lua")
        try Program.luacheck.run(["--no-color", module], in: ScratchDirectory("luacheck"))
    }

    /// Component, time-out and what Prosody's log says of them.
    static let mistakes: [(String?, String, String)] = [
        (nil, "5", "callbridge_component is not set: it names the component that the Call Bridge is, as in"),
        ("x@cb1.example.test", "5", #""x@cb1.example.test" is not the name of a component, such as"#),
        ("cb9.example.test", "5", #""cb9.example.test": the configuration has no external component of this name"#),
        ("cb1.example.test", #""soon""#, "callbridge_timeout is not a number of seconds above 0"),
        ("cb1.example.test", "0", "callbridge_timeout is not a number of seconds above 0"),
    ]

    @Test(arguments: mistakes) func `an option that won't do is named, and nobody logs in`(
        component: String?, timeout: String, message: String
    ) throws {
        let host = LoginHost.callBridge(
            "example.test", component: component, options: ["callbridge_timeout = \(timeout)"])
        let prosody = try Prosody(logins: [host])
        try prosody.process.waitForLog(containing: "Error initializing module 'auth_callbridge' on 'example.test'")
        #expect(prosody.log.contains(message), "\(prosody.log)")
        let result = try ClientLogin(as: "alice@example.test", password: "x", port: prosody.loginPort).result()
        #expect(result.outcome == .failed, "\(result)")
    }

    @Test func `a password is not taken without TLS`() throws {
        let prosody = try Prosody(logins: [.callBridge("example.test")])
        let client = HTTPClient(port: prosody.loginPort)
        func answer(to text: String, until end: String) throws -> String {
            try client.raw(Array(text.utf8))
            var answer = ""
            while !answer.contains(end) {
                let part = try client.readSome()
                try #require(!part.isEmpty, "closed after \(answer)")
                answer += String(decoding: part, as: UTF8.self)
            }
            return answer
        }
        let features = try answer(
            to: "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                + "to='example.test' version='1.0'>", until: "</stream:features>")
        #expect(features.contains("<starttls"))
        #expect(!features.contains("PLAIN"))
        let refusal = try answer(
            to: "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHg=</auth>",
            until: "</failure>")
        #expect(refusal.contains("<encryption-required/>"))
    }

    @Test func `whoever waits when the module is loaded anew is told at once, and the new one works`() throws {
        let prosody = try Prosody(logins: [.callBridge("example.test", options: ["callbridge_timeout = 60"])])
        let server = try APIServerProcess(.trusting())
        try server.configure(["serverAddressOverride": "localhost:\(prosody.mutualPort)"])
        try server.waitUntilConnected()
        try server.letIn("guests")
        server.process.freeze()
        let waiting = try ClientLogin(as: "guest1@example.test", password: "x", port: prosody.loginPort)
        try prosody.process.waitForLog(containing: "<auth ")
        try prosody.shell(#"module:reload("auth_callbridge", "example.test")"#)
        let refused = try waiting.result()
        #expect(refused.isTemporary, "\(refused)")
        #expect(refused.seconds < 30, "\(refused)")
        try prosody.process.waitForLog(containing: "Login of guest1: reloaded: ")
        server.process.thaw()
        let accepted = try ClientLogin(as: "guest1@example.test", password: "x", port: prosody.loginPort).result()
        #expect(accepted.outcome == .accepted, "\(accepted)")
    }
}
