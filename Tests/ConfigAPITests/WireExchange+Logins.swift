@testable import BridgeEngine
@testable import ConfigAPI

extension WireExchange {
    static let loginPath = path + "/login"
    static let loginCheckPath = path + "/login/check"

    static func putLogins(_ body: String, _ fields: [String] = [form], user: String = "admin") -> String {
        request("PUT", loginPath, fields, body, user: user)
    }

    private static func check(
        _ body: String, _ fields: [String] = [form], user: String? = "login", target: String = loginCheckPath
    ) -> String { request("POST", target, fields, body, user: user) }

    /// What a form makes of the policy.
    private static func policy(_ name: String, _ body: String, _ answer: WireAnswer) -> WireExchange {
        WireExchange(
            name, .send(putLogins(body)), .receive(.changed(1)), .send(get(loginPath)), .receive(answer))
    }

    private static func wrong(_ name: String, _ body: String, _ errors: (String, String)...) -> WireExchange {
        WireExchange(name, putLogins(body), WireAnswer.wrong(errors, revision: 0))
    }

    private static let read = "<xmppLogin><mode>users</mode><url></url><hosts>a.test,b.test</hosts></xmppLogin>"

    private static let event =
        #"<event id="1"><at>*Z</at><type>loginPolicyChanged</type><user>api</user><address>127.0.0.1</address>"#
        + "<fields><field>mode</field><field>hosts</field></fields><revision>1</revision></event>"

    /// The policy: how it is read, changed and refused.
    static let logins: [WireExchange] = [
        policy("users", "mode=users", .logins("users", revision: 1)),
        policy("users and guests", "mode=usersAndGuests", .logins("usersAndGuests", revision: 1)),
        policy(
            "a service", "url=https://login.example.test:8443/a/b&mode=http",
            .logins("http", url: "https://login.example.test:8443/a/b", revision: 1)),
        policy(
            "a service for later", "url=http://[::1]:9/", .logins(url: "http://[::1]:9/", revision: 1)),
        policy(
            "hosts between commas and blanks", "hosts=B.test,+b%C3%BCcher.example%0A,a.test.+,b.test",
            .logins(hosts: "b.test,xn--bcher-kva.example,a.test", revision: 1)),
        WireExchange(
            "what is not named stays, an empty value clears",
            .send(putLogins("mode=http&url=https://a.test/&hosts=a.test")), .receive(.changed(1)),
            .send(putLogins("mode=users")), .receive(.changed(2)), .send(get(loginPath)),
            .receive(.logins("users", url: "https://a.test/", hosts: "a.test", revision: 2)),
            .send(putLogins("mode=&url=&hosts=")), .receive(.changed(3)), .send(get(loginPath)),
            .receive(.logins(revision: 3))),
        WireExchange(
            "what has been read can be written back, in each form", .send(putLogins("mode=users&hosts=a.test b.test")),
            .receive(.changed(1)), .send(get(loginPath)), .receive(.document(read, tag: "1-xml")),
            .send(putLogins(WireAnswer.declaration + read, [xml])), .receive(.changed(1)),
            .send(get(loginPath, [acceptsJSON])),
            .receive(
                .document(
                    #"{"mode":"users","url":"","hosts":"a.test,b.test"}"#, type: "application/json", tag: "1-json")),
            .send(putLogins(#"{"mode":"users","url":"","hosts":"a.test,b.test"}"#, [json])), .receive(.changed(1)),
            .send(putLogins("mode=users&url=&hosts=a.test,b.test")), .receive(.changed(1))),
        WireExchange(
            "null in JSON clears", .send(putLogins("mode=users&hosts=a.test")), .receive(.changed(1)),
            .send(putLogins(#"{"mode":null,"hosts":null}"#, [json])), .receive(.changed(2)), .send(get(loginPath)),
            .receive(.logins(revision: 2))),
        WireExchange(
            "what changes nothing is a success, and what is said for the first time is stored", .send(putLogins("")),
            .receive(.changed(0)), .send(putLogins("mode=none&url=&hosts=")), .receive(.changed(1)),
            .send(putLogins("mode=none&url=&hosts=")), .receive(.changed(1))),
        WireExchange(
            "POST is PUT, under both names",
            .send(request("POST", "/api/v1/system/configuration/xmpp/login", [form], "mode=guests", user: "api")),
            .receive(.changed(1)), .send(get(loginPath)), .receive(.logins("guests", revision: 1))),
        wrong("a mode that there is not", "mode=Users", ("mode", "invalidValue")),
        wrong("a URL without TLS", "url=http://login.example.test/", ("url", "invalidValue")),
        wrong("a list with something else in it", "hosts=a.test,b_c", ("hosts", "invalidValue")),
        wrong("separators alone", "hosts=+,", ("hosts", "invalidValue")),
        wrong("a service without a URL", "mode=http", ("url", "missingParameter")),
        wrong(
            "all that is wrong, in the contract's order", "x=1&hosts=-&hosts=a&url=ftp://a/&mode=all",
            ("mode", "invalidValue"), ("url", "invalidValue"), ("hosts", "duplicateParameter"),
            ("x", "unknownParameter")),
        WireExchange(
            "the URL of the mode http can't go", .send(putLogins("mode=http&url=https://a.test/")),
            .receive(.changed(1)), .send(putLogins("url=")),
            .receive(.wrong(("url", "missingParameter"), revision: 1))),
        WireExchange(
            "a host outside the domain", stored: stored(domain: "example.test"), .send(put("domain=example.test")),
            .receive(.changed(1)), .send(putLogins("mode=users&hosts=login.example.test,login.example.com")),
            .receive(.wrong(("hosts", "invalidValue"), revision: 0)),
            .send(putLogins("hosts=example.test,a.b.example.test")), .receive(.changed(1))),
        WireExchange(
            "hosts of an earlier domain may stay, and no new one comes",
            stored: stored(domain: "b.test", revision: 2), .send(put("domain=a.test")), .receive(.changed(1)),
            .send(putLogins("hosts=login.a.test")), .receive(.changed(1)), .send(put("domain=b.test")),
            .receive(.changed(2)), .send(putLogins("mode=users&hosts=login.a.test,login.b.test")),
            .receive(.changed(2)), .send(putLogins("hosts=chat.a.test")),
            .receive(.wrong(("hosts", "invalidValue"), revision: 2))),
        WireExchange(
            "another root", putLogins("<xmpp><mode>users</mode></xmpp>", [xml]),
            .failure("400 Bad Request", revision: 0)),
        WireExchange(
            "another type", putLogins("mode=users", ["Content-Type: text/plain"]),
            .failure("415 Unsupported Media Type", revision: 0)),
        WireExchange(
            "its revision is its own", stored: stored(domain: "a.test"), .send(put("domain=a.test")),
            .receive(.changed(1)), .send(putLogins("mode=users", [form, "If-Match: \"1-xml\""])),
            .receive(.failure("412 Precondition Failed", revision: 0)),
            .send(putLogins("mode=users", [form, "If-Match: \"0-json\""])), .receive(.changed(1)),
            .send(get(loginPath, ["If-None-Match: \"1-xml\""])), .receive(.loginsKnown)),
        WireExchange(
            "until something is stored, nothing is known already", get(loginPath, ["If-None-Match: \"0-xml\""]),
            .logins()),
        WireExchange(
            "a reader may not write", putLogins("mode=users", user: "reader"), .failure("403 Forbidden", revision: 0)),
        WireExchange(
            "who may only check logins may not write", putLogins("mode=users", user: "login"),
            .failure("403 Forbidden")),
        WireExchange(
            "a change is among the events", .send(putLogins("hosts=a.test&mode=users", user: "api")),
            .receive(.changed(1)), .send(get("/api/v1/events")),
            .receive(.document(#"<events total="1">\#(event)</events>"#))),
    ]

    // MARK: Checks

    /// A check that is answered before the handler is asked: what it answers has no time limit in tests, where all others
    /// want its threads too.
    private static func check(
        _ name: String, _ request: String, _ answer: WireAnswer, domain: String? = nil
    ) -> WireExchange {
        guard let domain else { return WireExchange(name, request, answer) }
        return WireExchange(
            name, stored: stored(domain: domain), .send(put("domain=\(domain)")), .receive(.changed(1)),
            .send(request), .receive(answer))
    }

    private static func wrongCheck(_ name: String, _ body: String, _ errors: (String, String)...) -> WireExchange {
        check(name, check(body), .wrong(errors, revision: nil))
    }

    private static let refused = WireAnswer.document(LoginVerdict.refused(.hostNotAllowed).xml)
    private static let right = "username=alice&host=example.test&password=s3cret"

    /// Checks: who may ask, how, and for which hosts.
    static let loginChecks: [WireExchange] =
        ["login", "admin", "api"].map { (user: String) in
            check("no domain yet, by \(user)", check(right, user: user), refused)
        } + [
            check("a reader may not", check(right, user: "reader"), .failure("403 Forbidden")),
            check("nobody may without a user", check(right, user: nil), .challenge),
            check(
                "the path that CMS's other settings have",
                check(right, target: "/api/v1/system/configuration/xmpp/login/check"), refused),
            check(
                "JSON",
                check(
                    #"{"username":"alice","host":"example.test","resource":null,"password":"s3cret"}"#,
                    [json, acceptsJSON]),
                .document(#"{"result":"refused","reason":"hostNotAllowed"}"#, type: "application/json")),
            check(
                "XML",
                check(
                    "<loginCheck><username>alice</username><host>login.Example.TEST.</host>"
                        + "<resource>phone</resource><password>s3cret</password></loginCheck>", [xml]), refused),
            check(
                "a host that is not directly under the domain",
                check("username=alice&host=a.b.example.test&password=s3cret"), refused, domain: "example.test"),
            check(
                "a host of another domain", check("username=alice&host=example.com&password=s3cret"), refused,
                domain: "example.test"),
            WireExchange(
                "hosts that are not listed", stored: stored(domain: "example.test"),
                .send(put("domain=example.test")), .receive(.changed(1)),
                .send(putLogins("hosts=a.b.example.test")), .receive(.changed(1)), .send(check(right)),
                .receive(refused)),
            wrongCheck(
                "nothing", "", ("username", "missingParameter"), ("host", "missingParameter"),
                ("password", "missingParameter")),
            wrongCheck(
                "empty values", "username=&host=&resource=&password=", ("username", "invalidValue"),
                ("host", "invalidValue")),
            wrongCheck(
                "a host that is a JID", "username=a&host=b@example.test&password=s3cret", ("host", "invalidValue")),
            wrongCheck(
                "a name that is too long",
                "username=\(String(repeating: "n", count: 1024))&host=example.test&password=s3cret",
                ("username", "invalidValue")),
            wrongCheck(
                "a resource that is too long",
                "username=a&host=example.test&password=s3cret&resource=\(String(repeating: "r", count: 1024))",
                ("resource", "invalidValue")),
            wrongCheck(
                "a password that is too long",
                "username=a&host=example.test&password=\(String(repeating: "s", count: 1025))",
                ("password", "invalidValue")),
            wrongCheck(
                "an ampersand in the password", "username=a&host=example.test&password=s3&cret&s=3cret",
                ("unknown", "unknownParameter"), ("unknown", "unknownParameter")),
            wrongCheck(
                "an unknown name before it", "user=a&host=example.test&password=s3cret",
                ("username", "missingParameter"), ("user", "unknownParameter")),
            wrongCheck(
                "a password twice", "username=a&host=example.test&password=s3&password=cret",
                ("password", "duplicateParameter")),
            check("another root", check("<xmpp><username>a</username></xmpp>", [xml]), .failure("400 Bad Request")),
            check("GET", get(loginCheckPath), .failure("405 Method Not Allowed", before: ["Allow: POST"])),
        ]
}

extension WireAnswer {
    /// The login policy.
    static func logins(
        _ mode: String = "none", url: String = "", hosts: String = "", revision: Int = 0
    ) -> WireAnswer {
        document(
            "<xmppLogin><mode>\(mode)</mode><url>\(url)</url><hosts>\(hosts)</hosts></xmppLogin>",
            tag: "\(revision)-xml")
    }

    /// The policy `users` of revision 1, which the client has.
    fileprivate static let loginsKnown: WireAnswer = {
        var answer = logins("users", revision: 1).toHead
        answer.status = "304 Not Modified"
        return answer
    }()

    /// 400 with these parameters, each with its error.
    fileprivate static func wrong(_ parameters: [(String, String)], revision: Int?) -> WireAnswer {
        failure(
            "400 Bad Request",
            parameters.map { #"<parameterError parameter="\#($0.0)" error="\#($0.1)" />"# }.joined(),
            revision: revision)
    }
}
