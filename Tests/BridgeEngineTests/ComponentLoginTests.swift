import Testing

@testable import BridgeEngine

/// Questions about logins on a component's stream, and what each is answered, byte for byte.
@Suite struct ComponentLoginTests {
    /// The hosts that may ask, for a policy that changes.
    private final class Policy {
        var hosts: LoginHosts
        init(_ hosts: LoginHosts) { self.hosts = hosts }
    }

    private func stream(_ hosts: LoginHosts = LoginHosts()) -> RegisteredStream {
        RegisteredStream(logins: LoginRequests { hosts })
    }

    private static func request(
        username: String = "alice", host: String = "example.test", resource: String? = nil, password: String = "pa55"
    ) -> LoginRequest {
        LoginRequest(username: username, host: host, resource: resource, password: Secret(password))
    }

    private static func decided(_ verdict: LoginVerdict, username: String = "alice") -> ComponentStream.Action {
        .noteLogin(.decided(LoginReport(username: username, host: "example.test", verdict: verdict)))
    }

    // MARK: Verdicts

    static let verdicts: [(LoginVerdict, String)] = [
        (.accepted, LoginXML.accepted()),
        (.refused(.notAuthorized), LoginXML.error("auth", "not-authorized")),
        (.refused(.tooManyAttempts), LoginXML.error("wait", "policy-violation")),
        (.refused(.hostNotAllowed), LoginXML.error("auth", "forbidden")),
        (.failed(.timedOut), LoginXML.error("wait", "remote-server-timeout")),
        (.failed(.tooManyRequests), LoginXML.error("wait", "resource-constraint")),
        (.failed(.storeFailed), LoginXML.error("wait", "internal-server-error")),
        (.failed(.serviceFailed), LoginXML.error("wait", "internal-server-error")),
    ]

    @Test(arguments: verdicts) func `each verdict has its answer`(verdict: LoginVerdict, answer: String) {
        var stream = stream()
        #expect(stream.receive(LoginXML.ask()) == [.decideLogin(1, Self.request())])
        #expect(stream.handle(.loginDecided(1, verdict)) == [Self.decided(verdict), .send(answer)])
    }

    @Test func `each kind of verdict is in the table`() {
        let known = Self.verdicts.map(\.0)
        #expect(LoginVerdict.Refusal.allCases.allSatisfy { known.contains(.refused($0)) })
        #expect(LoginVerdict.Failure.allCases.allSatisfy { known.contains(.failed($0)) })
    }

    @Test func `an answer goes back with its id and in the name that was asked, escaped`() {
        var stream = stream()
        let to = "guest@CB1.example.test/&lt;x&gt;"
        _ = stream.receive(LoginXML.ask(id: "a&apos;&amp;&#10;", from: "login.example.test", to: to))
        #expect(
            stream.handle(.loginDecided(1, .accepted)).last
                == .send(LoginXML.accepted(id: "a&apos;&amp;&#10;", to: "login.example.test", from: to)))
    }

    @Test func `without a "to" it is the component that is asked`() {
        var stream = stream()
        let asked = LoginXML.ask().replacing(" to='cb1.example.test'", with: "")
        #expect(stream.receive(asked) == [.decideLogin(1, Self.request())])
        #expect(stream.handle(.loginDecided(1, .accepted)).last == .send(LoginXML.accepted()))
    }

    @Test func `verdicts come in any order, and the first one counts`() {
        var stream = stream()
        for name in ["a", "b", "c"] { _ = stream.receive(LoginXML.ask(user: name, id: name)) }
        for (number, name) in [(3, "c"), (1, "a"), (2, "b")] as [(UInt64, String)] {
            #expect(
                stream.handle(.loginDecided(number, .accepted))
                    == [Self.decided(.accepted, username: name), .send(LoginXML.accepted(id: name))])
            #expect(stream.handle(.loginDecided(number, .refused(.notAuthorized))) == [])
        }
        #expect(stream.handle(.loginDecided(4, .accepted)) == [])
        #expect(stream.handle(.loginTimedOut(4)) == [])
    }

    @Test func `two questions with the same id are two`() {
        var stream = stream()
        _ = stream.receive(LoginXML.ask() + LoginXML.ask())
        #expect(stream.handle(.loginDecided(2, .accepted)).last == .send(LoginXML.accepted()))
        #expect(
            stream.handle(.loginDecided(1, .refused(.notAuthorized))).last
                == .send(LoginXML.error("auth", "not-authorized")))
    }

    @Test func `a verdict behind the end of its time is nobody's`() {
        var stream = stream()
        _ = stream.receive(LoginXML.ask())
        #expect(
            stream.handle(.loginTimedOut(1)) == [
                Self.decided(.failed(.timedOut)), .send(LoginXML.error("wait", "remote-server-timeout")),
            ])
        #expect(stream.handle(.loginTimedOut(1)) == [])
        #expect(stream.handle(.loginDecided(1, .accepted)) == [])
        #expect(stream.handle(.loginTimedOut(1)) == [])
    }

    @Test func `more than a thousand that are open are too many`() {
        var stream = stream()
        for number in 1...1000 {
            let actions = stream.receive(LoginXML.ask(user: "u", id: "\(number)"))
            #expect(actions == [.decideLogin(UInt64(number), Self.request(username: "u", resource: "r"))])
        }
        let tooMany: [ComponentStream.Action] = [
            Self.decided(.failed(.tooManyRequests)), .send(LoginXML.error("wait", "resource-constraint")),
        ]
        #expect(stream.receive(LoginXML.ask()) == tooMany)
        // Its work may still go on.
        _ = stream.handle(.loginTimedOut(7))
        #expect(stream.receive(LoginXML.ask()) == tooMany)
        _ = stream.handle(.loginDecided(7, .accepted))
        #expect(stream.receive(LoginXML.ask()) == [.decideLogin(1001, Self.request())])
        #expect(stream.receive(LoginXML.ask()) == tooMany)
        _ = stream.handle(.loginDecided(500, .accepted))
        #expect(stream.receive(LoginXML.ask()) == [.decideLogin(1002, Self.request())])
        // Neither the fields nor what can't be decided takes a place.
        #expect(stream.receive(LoginXML.ask("", type: "get")).count == 1)
        #expect(stream.receive(LoginXML.ask("")).last != tooMany.last)
    }

    // MARK: What is asked

    static let readable: [(String, LoginRequest)] = [
        (LoginXML.username + LoginXML.password, request()),
        (LoginXML.password + "\n " + LoginXML.username + "\n", request()),
        (LoginXML.username + LoginXML.password + "<resource>pda</resource>", request(resource: "pda")),
        (LoginXML.username + LoginXML.password + "<resource/>", request()),
        ("<username> A.B é</username><password> p </password>", request(username: " A.B é", password: " p ")),
        (LoginXML.username + "<password>&lt;&amp;<![CDATA[<b>]]>&#9;</password>", request(password: "<&<b>\t")),
        (LoginXML.username + "<password/>", request(password: "")),
        (LoginXML.username + LoginXML.password + "<username xmlns='urn:x'>eve</username>", request()),
        (LoginXML.username + LoginXML.password + "<x xmlns='urn:x'><y/></x>", request()),
        (
            "<username>\(String(repeating: "é", count: 511))e</username>"
                + "<password>\(String(repeating: "p", count: 1024))</password>"
                + "<resource>\(String(repeating: "r", count: 1023))</resource>",
            request(
                username: String(repeating: "é", count: 511) + "e", resource: String(repeating: "r", count: 1023),
                password: String(repeating: "p", count: 1024))
        ),
    ]

    @Test(arguments: readable) func `the fields are read`(fields: String, request: LoginRequest) {
        var stream = stream()
        #expect(stream.receive(LoginXML.ask(fields)) == [.decideLogin(1, request)])
    }

    private static let long = String(repeating: "s3cret", count: 171)

    static let malformed: [(String, String)] = [
        ("", "There is no username."),
        (LoginXML.password, "There is no username."),
        ("<username/>" + LoginXML.password, "The username is empty."),
        (LoginXML.username, "There is no password."),
        (LoginXML.username + "<password xmlns='urn:x'>s3cret</password>", "There is no password."),
        (LoginXML.username + "<digest>s3cret</digest>", "A digest can&apos;t be checked; the password is wanted."),
        (
            LoginXML.username + LoginXML.password + "<digest>s3cret</digest>",
            "A digest can&apos;t be checked; the password is wanted."
        ),
        (LoginXML.username + LoginXML.password + "<username>s3cret</username>", "There is more than one username."),
        (LoginXML.username + LoginXML.password + "<password>s3cret</password>", "There is more than one password."),
        (LoginXML.username + LoginXML.password + "<resource/><resource/>", "There is more than one resource."),
        ("<username>s3<b>c</b>ret</username>" + LoginXML.password, "The username has an element inside."),
        (LoginXML.username + "<password>s3cret<b/></password>", "The password has an element inside."),
        (
            LoginXML.username + LoginXML.password + "<resource><b/></resource>", "The resource has an element inside."
        ),
        (
            LoginXML.username + LoginXML.password + "<s3cret/>",
            "There is an element that is none of username, password and resource."
        ),
        ("<username>\(long)</username>" + LoginXML.password, "The username is longer than 1023 bytes."),
        (LoginXML.username + "<password>\(long)</password>", "The password is longer than 1024 bytes."),
        (
            LoginXML.username + LoginXML.password + "<resource>\(long)</resource>",
            "The resource is longer than 1023 bytes."
        ),
        (
            LoginXML.username + LoginXML.password + "</query><query xmlns='jabber:iq:auth'>",
            "The request has more than one element."
        ),
    ]

    @Test(arguments: malformed) func `what can't be read is refused, and said why`(fields: String, text: String) {
        var stream = stream()
        let actions = stream.receive(LoginXML.ask(fields))
        let detail = text.replacing("&apos;", with: "'")
        #expect(
            actions == [
                .noteLogin(.malformed(host: "example.test", detail: detail)),
                .send(LoginXML.error("modify", "bad-request", text: text)),
            ])
        #expect(!"\(actions)".contains("s3cret"), "what was sent is not repeated")
    }

    @Test func `the password is nowhere to be seen`() {
        var stream = stream()
        var words = ""
        dump(stream.receive(LoginXML.ask()), to: &words)
        dump(stream, to: &words)
        dump(stream.handle(.loginDecided(1, .refused(.notAuthorized))), to: &words)
        #expect(words.contains("alice"))
        #expect(!words.contains("pa55"))
    }

    @Test(arguments: ["", LoginXML.username, LoginXML.username + LoginXML.password])
    func `the fields are named to who asks for them`(fields: String) {
        var stream = stream()
        #expect(
            stream.receive(LoginXML.ask(fields, type: "get")) == [
                .send(
                    "<iq type='result' from='cb1.example.test' to='example.test' id='1'><query xmlns='jabber:iq:auth'>"
                        + "<username/><password/><resource/></query></iq>")
            ])
    }

    // MARK: Who asks

    /// `from`, whether it may ask, whether it is a host, and the hosts that are listed.
    static let askers: [(String, Bool, Bool, [String])] = [
        ("example.test", true, true, []), ("EXAMPLE.test", true, true, []), ("login.example.test", true, true, []),
        ("a.b.example.test", false, true, []), ("evilexample.test", false, true, []), ("test", false, true, []),
        ("example.test.evil.test", false, true, []), ("b\u{fc}ro.example.test", false, true, []),
        ("alice@example.test", false, false, []), ("alice@example.test/pda", false, false, []),
        ("example.test/pda", false, false, []), ("@example.test", false, false, []),
        ("CB1.example.test", false, true, []), ("cb1.example.test.", false, true, []),
        ("guest@cb1.example.test", false, false, []),
        ("a.b.example.test", true, true, ["a.b.example.test"]), ("example.test", false, true, ["a.b.example.test"]),
        ("example.test", false, true, ["other.test"]), ("other.test", false, true, ["other.test"]),
        ("alice@a.b.example.test", false, false, ["a.b.example.test"]),
        ("CB1.example.test", false, true, ["cb1.example.test"]),
    ]

    @Test(arguments: askers, ["set", "get"]) func `only hosts that may ask are answered`(
        asker: (from: String, mayAsk: Bool, isHost: Bool, listed: [String]), type: String
    ) {
        var stream = stream(LoginHosts(listed: asker.listed))
        let actions = stream.receive(LoginXML.ask(from: asker.from, type: type))
        if asker.mayAsk, type == "set" {
            #expect(actions == [.decideLogin(1, Self.request(host: asker.from.lowercased()))])
        } else if asker.mayAsk {
            #expect(actions.count == 1)
            #expect(actions != [.send(LoginXML.error("auth", "forbidden", to: asker.from))])
        } else {
            #expect(
                actions == [
                    .noteLogin(.forbidden(from: asker.from, isNewHost: asker.isHost)),
                    .send(LoginXML.error("auth", "forbidden", to: asker.from)),
                ])
        }
    }

    @Test func `who may not ask learns nothing about what was wrong besides`() {
        var stream = stream()
        #expect(
            stream.receive(LoginXML.ask("", from: "a@example.test")).last
                == .send(LoginXML.error("auth", "forbidden", to: "a@example.test")))
    }

    @Test func `the hosts of the moment count`() {
        let policy = Policy(LoginHosts(listed: ["a.example.test"]))
        var stream = RegisteredStream(logins: LoginRequests { policy.hosts })
        #expect(stream.receive(LoginXML.ask()).last == .send(LoginXML.error("auth", "forbidden")))
        policy.hosts = LoginHosts()
        #expect(stream.receive(LoginXML.ask()) == [.decideLogin(1, Self.request())])
    }

    @Test func `each stranger is new once, and not more than sixteen are`() {
        var stream = stream()
        let hosts = (1...20).map { "host\($0).test" }
        let new = (hosts + hosts.map { $0.uppercased() }).map { host in
            stream.receive(LoginXML.ask(from: host)).first == .noteLogin(.forbidden(from: host, isNewHost: true))
        }
        #expect(new == Array(repeating: true, count: 16) + Array(repeating: false, count: 24))
    }

    @Test(arguments: [
        LoginXML.ask(from: "cb1.example.test"), LoginXML.ask(from: "cb1.example.test", type: "get"),
        LoginXML.ask(to: "cb2.example.test"), LoginXML.ask().replacing(" id='1'", with: ""),
        LoginXML.ask().replacing(" from='example.test'", with: ""), LoginXML.ask(from: ""),
    ]) func `what comes from ourselves, or can't be answered, is dropped`(question: String) {
        var stream = stream()
        #expect(stream.receive(question) == [])
        #expect(stream.takeDropped().others == 1)
    }

    @Test func `a question under the id of a ping to ourselves is dropped too`() {
        var stream = stream()
        #expect(stream.handle(.pingDue).count == 2)
        #expect(stream.receive(LoginXML.ask(id: "p1", from: "cb1.example.test")) == [])
        #expect(stream.takeDropped().others == 1)
    }

    // MARK: The end

    static let ends: [ComponentStream.Event] = [
        .close, .transportEnded, .transportFailed("It broke."), .received(.streamClosed),
        .received(.failed(XMLStreamError(condition: .notWellFormed, detail: "It is not well-formed."))),
        .received(
            .element(
                XMLElement(
                    name: XMLName("error", in: XMPPNamespace.stream),
                    children: [.element(XMLElement(name: XMLName("reset", in: XMPPNamespace.streamErrors)))]))),
    ]

    @Test(arguments: ends.indices) func `the end of the stream ends the search for verdicts, once`(index: Int) {
        let end = Self.ends[index]
        var stream = stream()
        _ = stream.receive(LoginXML.ask(user: "a", id: "a") + LoginXML.ask(user: "b", id: "b"))
        let actions = stream.handle(end)
        #expect(actions.last == .cancelLogins)
        #expect(actions.count { $0 == .cancelLogins } == 1)
        #expect(stream.handle(.loginDecided(1, .accepted)) == [])
        #expect(stream.handle(.loginTimedOut(2)) == [])
        #expect(!stream.handle(.transportEnded).contains(.cancelLogins))
    }

    @Test(arguments: ends.indices) func `without an open question there is nothing to end`(index: Int) {
        var stream = stream()
        _ = stream.receive(LoginXML.ask())
        _ = stream.handle(.loginDecided(1, .accepted))
        #expect(!stream.handle(Self.ends[index]).contains(.cancelLogins))
    }

    @Test func `pings that fail end the search too`() {
        var stream = stream()
        _ = stream.receive(LoginXML.ask())
        _ = stream.handle(.pingDue)
        _ = stream.handle(.answersDue)
        #expect(stream.handle(.answersDue).last == .cancelLogins)
    }

    @Test func `nothing is asked behind our closing tag`() {
        var stream = stream()
        _ = stream.handle(.close)
        #expect(stream.receive(LoginXML.ask()) == [])
    }

    // MARK: Whether logins are decided

    @Test(arguments: ["get", "set"]) func `who does not decide says so`(type: String) {
        var stream = RegisteredStream()
        #expect(
            stream.receive(LoginXML.ask(from: "alice@example.test/pda", type: type))
                == [.send(LoginXML.error("cancel", "service-unavailable", to: "alice@example.test/pda"))])
        #expect(stream.handle(.loginDecided(1, .accepted)) == [])
        #expect(stream.handle(.loginTimedOut(1)) == [])
    }

    @Test(arguments: [true, false]) func `the feature is named where it is there`(decides: Bool) {
        var stream = decides ? stream() : RegisteredStream()
        let question =
            "<iq type='get' from='example.test' to='cb1.example.test' id='1'>"
            + "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
        #expect(
            stream.receive(question) == [
                .send(
                    "<iq type='result' from='cb1.example.test' to='example.test' id='1'>"
                        + "<query xmlns='http://jabber.org/protocol/disco#info'>"
                        + "<identity category='component' type='generic' name='Callbridge'/>"
                        + "<feature var='http://jabber.org/protocol/disco#info'/>"
                        + "<feature var='http://jabber.org/protocol/disco#items'/>"
                        + (decides ? "<feature var='jabber:iq:auth'/>" : "")
                        + "<feature var='jabber:iq:version'/><feature var='urn:xmpp:ping'/></query></iq>")
            ])
    }

    @Test(arguments: [
        "<query xmlns='jabber:iq:register'/>", "<other xmlns='jabber:iq:auth'/>",
        "<x xmlns='urn:x'/><query xmlns='jabber:iq:auth'/>",
    ]) func `other requests are what they were`(payload: String) {
        var stream = stream()
        let request = "<iq type='set' from='example.test' to='cb1.example.test' id='1'>\(payload)</iq>"
        #expect(stream.receive(request) == [.send(LoginXML.error("cancel", "service-unavailable"))])
    }
}
