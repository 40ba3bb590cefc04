import Testing

@testable import ConfigAPI

/// The lines of changes, as a Cisco Meeting Server words them.
@Suite struct AuditLineTests {
    @Test func `a change of the configuration`() {
        let admin = Requester(user: "admin", address: "192.0.2.7")
        #expect(
            AuditLine.modified(["domain", "sharedSecret"], by: admin)
                == #"192.0.2.7: API user "admin" modified XMPP configuration (domain, sharedSecret)"#)
        #expect(
            AuditLine.modifiedLogin(["mode", "hosts"], by: admin)
                == #"192.0.2.7: API user "admin" modified XMPP login configuration (mode, hosts)"#)
        #expect(AuditLine.requestedReconnect(by: admin) == #"192.0.2.7: API user "admin" requested XMPP reconnect"#)
    }

    @Test func `a change of the Call Bridge's users`() {
        let admin = Requester(user: "admin", address: "192.0.2.7")
        #expect(
            AuditLine.createdUser("alice@example.test", by: admin)
                == #"192.0.2.7: API user "admin" created user "alice@example.test""#)
        #expect(
            AuditLine.modifiedUser("alice@example.test", ["name", "password"], by: admin)
                == #"192.0.2.7: API user "admin" modified user "alice@example.test" (name, password)"#)
        #expect(
            AuditLine.deletedUser(#"a\b@example.test"#, by: admin)
                == #"192.0.2.7: API user "admin" deleted user "a\\b@example.test""#)
    }

    @Test(arguments: [
        (#"a" modified XMPP configuration (domain)"#, #""a\" modified XMPP configuration (domain)""#),
        (#"a\"#, #""a\\""#), ("a\nb: API user", #""a\u{a}b: API user""#), ("a\r\u{0}", #""a\u{d}\u{0}""#),
        ("\u{1b}[31m", #""\u{1b}[31m""#), ("\u{85}\u{2028}\u{2029}", #""\u{85}\u{2028}\u{2029}""#),
        ("\u{202e}nimda", #""\u{202e}nimda""#), ("\u{200b}", #""\u{200b}""#), ("a\"\u{301}", "\"a\\\"\u{301}\""),
        ("Zoë B. 日本", #""Zoë B. 日本""#),
    ])
    func `no name forges a line or a part of one`(name: String, quoted: String) {
        let line = AuditLine.requestedReconnect(by: Requester(user: name, address: "::1"))
        #expect(line == "::1: API user \(quoted) requested XMPP reconnect")
    }
}
