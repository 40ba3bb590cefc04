@testable import BridgeEngine
@testable import ConfigAPI

extension WireExchange {
    private static let users = "/api/v1/users"
    private static let first = user(1)
    private static let alice = "userJid=alice@example.test&name=Alice&password=secret"

    /// The path of the user who was added as the `number`th.
    private static func user(_ number: Int) -> String { "\(users)/\(APIHarness.userID(number))" }

    private static func post(_ body: String, _ fields: [String] = [form], user: String? = "admin") -> String {
        request("POST", users, fields, body, user: user)
    }

    private static func putUser(_ body: String, _ fields: [String] = [form], number: Int = 1) -> String {
        request("PUT", user(number), fields, body)
    }

    private static func added(_ number: Int) -> WireAnswer { WireAnswer(fields: ["Location: \(user(number))"]) }

    private static let done = WireAnswer()
    private static let nobody = WireAnswer.failure("404 Not Found", "<unrecognisedObject />")

    private static func refused(_ parameters: (String, String)...) -> WireAnswer {
        .failure(
            "400 Bad Request",
            parameters.map { #"<parameterError parameter="\#($0.0)" error="\#($0.1)" />"# }.joined())
    }

    private static func element(_ jid: String, _ name: String, _ number: Int = 1) -> String {
        #"<user id="\#(APIHarness.userID(number))"><userJid>\#(jid)</userJid><name>\#(name)</name></user>"#
    }

    private static func one(_ jid: String, _ name: String, _ number: Int = 1) -> WireAnswer {
        .document(element(jid, name, number))
    }

    private static func list(total: Int, _ elements: String...) -> WireAnswer {
        .document(#"<users total="\#(total)">\#(elements.joined())</users>"#)
    }

    /// A new user, and what is read then.
    private static func taken(
        _ name: String, _ body: String, as fields: [String] = [form], _ jid: String, _ displayName: String = ""
    ) -> WireExchange {
        WireExchange(
            name, .send(post(body, fields)), .receive(added(1)), .send(get(first)), .receive(one(jid, displayName)))
    }

    /// A new user who is none.
    private static func wrong(_ name: String, _ body: String, _ parameters: (String, String)...) -> WireExchange {
        WireExchange(
            name, .send(post(body)),
            .receive(
                .failure(
                    "400 Bad Request",
                    parameters.map { #"<parameterError parameter="\#($0.0)" error="\#($0.1)" />"# }.joined())),
            .send(get(users)), .receive(list(total: 0)))
    }

    /// A change of the user Alice, its answer, and what is read then.
    private static func change(
        _ name: String, _ body: String, as fields: [String] = [form], _ answer: WireAnswer, _ jid: String,
        _ displayName: String
    ) -> WireExchange {
        WireExchange(
            name, .send(post(alice)), .receive(added(1)), .send(putUser(body, fields)), .receive(answer),
            .send(get(first)), .receive(one(jid, displayName)))
    }

    /// Who may do what, and what there is.
    static let userResources: [WireExchange] = [
        WireExchange(
            "users as JSON", .send(post(alice)), .receive(added(1)), .send(post("userJid=bob@a.test&password=p")),
            .receive(added(2)), .send(get(users, [acceptsJSON])),
            .receive(
                .document(
                    #"{"total":2,"users":[{"id":"\#(APIHarness.userID(1))","userJid":"alice@example.test","name":"Alice"},"#
                        + #"{"id":"\#(APIHarness.userID(2))","userJid":"bob@a.test","name":""}]}"#,
                    type: "application/json")), .send(get(first, [acceptsJSON])),
            .receive(
                .document(
                    #"{"id":"\#(APIHarness.userID(1))","userJid":"alice@example.test","name":"Alice"}"#,
                    type: "application/json"))),
        WireExchange(
            "one user", .send(post(alice)), .receive(added(1)), .send(get(first)),
            .receive(one("alice@example.test", "Alice")), .send(request("HEAD", first)),
            .receive(one("alice@example.test", "Alice").toHead), .send(get(first, user: "reader")),
            .receive(one("alice@example.test", "Alice")), .send(get(first, user: "login")),
            .receive(.failure("403 Forbidden")), .send(get(first, user: nil)), .receive(.challenge),
            .send(get("//API/v1/Users/\(APIHarness.userID(1).uppercased())/?")),
            .receive(one("alice@example.test", "Alice"))),
        WireExchange(
            "the role api may write", .send(post(alice, user: "api")), .receive(added(1)),
            .send(request("DELETE", first, user: "api")), .receive(done)),
        WireExchange(
            "who may not write", .send(post(alice)), .receive(added(1)), .send(post(alice, user: "reader")),
            .receive(.failure("403 Forbidden")), .send(post(alice, user: "login")),
            .receive(.failure("403 Forbidden")), .send(post(alice, user: nil)), .receive(.challenge),
            .send(request("PUT", first, [form], "name=x", user: "reader")), .receive(.failure("403 Forbidden")),
            .send(request("DELETE", first, user: "reader")), .receive(.failure("403 Forbidden")),
            .send(request("DELETE", first, user: "login")), .receive(.failure("403 Forbidden")),
            .send(request("DELETE", first, user: nil)), .receive(.challenge), .send(get(first)),
            .receive(one("alice@example.test", "Alice"))),
        WireExchange("a user who is none", get(first), nobody),
        WireExchange("a user of the API is none of these", get(users + "/admin"), nobody),
        WireExchange("a change of a user who is none", putUser("name=x"), nobody),
        WireExchange("a new password of a user who is none", putUser("password=secret"), nobody),
        WireExchange("no change of a user who is none", putUser(""), nobody),
        WireExchange("the removal of a user who is none", request("DELETE", first), nobody),
        WireExchange("below a user", get(first + "/x"), nobody),
        WireExchange(
            "PUT on all users", request("PUT", users, [form], alice),
            .failure("405 Method Not Allowed", before: ["Allow: GET, HEAD, POST"])),
        WireExchange(
            "POST on one user", request("POST", first, [form], alice),
            .failure("405 Method Not Allowed", before: ["Allow: GET, HEAD, PUT, DELETE"])),
        WireExchange(
            "removed", .send(post(alice)), .receive(added(1)), .send(request("DELETE", first)), .receive(done),
            .send(get(first)), .receive(nobody), .send(request("DELETE", first)), .receive(nobody), .send(post(alice)),
            .receive(added(2)), .send(get(users)), .receive(list(total: 1, element("alice@example.test", "Alice", 2)))),
        WireExchange(
            "each change is among the events", .send(post(alice)), .receive(added(1)),
            .send(putUser("userJid=bob@example.test&password=other&name=")), .receive(done),
            .send(request("DELETE", first, user: "api")), .receive(done), .send(get("/api/v1/events")),
            .receive(.document(#"<events total="3">\#(events)</events>"#))),
    ]

    private static let events =
        #"<event id="3"><at>*Z</at><type>bridgeUserRemoved</type><user>api</user><address>127.0.0.1</address>"#
        + "<name>bob@example.test</name></event>"
        + #"<event id="2"><at>*Z</at><type>bridgeUserChanged</type><user>admin</user><address>127.0.0.1</address>"#
        + "<name>alice@example.test</name><fields><field>userJid</field><field>name</field><field>password</field>"
        + "</fields><detail>The user is bob@example.test now.</detail></event>"
        + #"<event id="1"><at>*Z</at><type>bridgeUserAdded</type><user>admin</user><address>127.0.0.1</address>"#
        + "<name>alice@example.test</name></event>"

    /// Which users a page has.
    static let userPages: [WireExchange] = [
        page("all", "", list(total: 3, ann, bob, zoe)),
        page("in the order of the JIDs", "?limit=1", list(total: 3, ann)),
        page("from the middle", "?offset=1&limit=1", list(total: 3, bob)),
        page("past the end", "?offset=3", list(total: 3)), page("none", "?limit=0", list(total: 3)),
        page("as many as may be", "?limit=500", list(total: 3, ann, bob, zoe)),
        page("more than may be", "?limit=501", refused(("limit", "invalidValue"))),
        page("before the beginning", "?offset=-1", refused(("offset", "invalidValue"))),
        page("a filter of JIDs", "?filter=ANN@", list(total: 1, ann)),
        page("a filter of names", "?filter=m%C3%9CLL", list(total: 1, zoe)),
        page("a filter and a page", "?filter=EXAMPLE&offset=1&limit=1", list(total: 2, zoe)),
        page("a filter without anybody", "?filter=nobody", list(total: 0)),
        page("a filter with a wild card", "?filter=%25", list(total: 1, bob)),
        page("an empty filter", "?filter=", list(total: 3, ann, bob, zoe)),
        page("filters twice", "?filter=a&filter=b", refused(("filter", "duplicateParameter"))),
        page("a filter that is no text", "?filter=%C3", refused(("filter", "invalidValue"))),
        page("a filter without a value", "?filter", refused(("filter", "invalidValue"))),
        page("the filters of a Cisco Meeting Server", "?emailFilter=x&tenantFilter=y", list(total: 3, ann, bob, zoe)),
    ]

    private static let ann = element("ann@example.test", "", 2)
    private static let bob = element("bob@b.test", "100 %", 3)
    private static let zoe = element("zoë@example.test", "Z. Müller &amp; &lt;Co&gt;", 1)

    private static func page(_ name: String, _ query: String, _ answer: WireAnswer) -> WireExchange {
        WireExchange(
            name, .send(post("userJid=zoë@example.test&name=Z. Müller %26 <Co>&password=p")), .receive(added(1)),
            .send(post("userJid=ann@example.test&password=p")), .receive(added(2)),
            .send(post("userJid=bob@b.test&name=100 %25&password=p")), .receive(added(3)), .send(get(users + query)),
            .receive(answer))
    }

    /// What a new user can be.
    static let newUsers: [WireExchange] = [
        taken("a form", alice, "alice@example.test", "Alice"),
        taken("a form without a type", alice, as: [], "alice@example.test", "Alice"),
        taken("no name", "password=p&userJid=alice@example.test", "alice@example.test"),
        taken("an empty name", "password=p&name=&userJid=alice@example.test", "alice@example.test"),
        taken(
            "JSON", #"{"userJid":"alice@example.test","name":"\"A\"","password":"p"}"#, as: [json],
            "alice@example.test",
            "&quot;A&quot;"),
        taken(
            "JSON with null for the name", #"{"userJid":"alice@example.test","name":null,"password":"p"}"#, as: [json],
            "alice@example.test"),
        taken(
            "XML",
            "<?xml version='1.0'?><user><userJid>alice@example.test</userJid><name>A</name><password>p</password></user>",
            as: [xml], "alice@example.test", "A"),
        taken("a JID in another case", "userJid=Alice@EXAMPLE.Test.&password=p", "alice@example.test"),
        taken("a JID of another script", "userJid=Ж@bücher.example&password=p", "ж@xn--bcher-kva.example"),
        taken("a JID as a server prepares it", "userJid=Straße@example.test&password=p", "strasse@example.test"),
        taken(
            "the longest name and password",
            "userJid=a@x&name=\(String(repeating: "n", count: 255))&password=\(String(repeating: "p", count: 1024))",
            "a@x", String(repeating: "n", count: 255)),
        wrong("nothing", "", ("userJid", "missingParameter"), ("password", "missingParameter")),
        wrong("no JID", "name=x&password=p", ("userJid", "missingParameter")),
        wrong("no password", "userJid=a@x", ("password", "missingParameter")),
        wrong(
            "an empty JID and password", "userJid=&password=", ("userJid", "invalidValue"), ("password", "invalidValue")
        ),
        wrong("a JID without a host", "userJid=alice&password=p", ("userJid", "invalidValue")),
        wrong("a JID with a resource", "userJid=a@x/y&password=p", ("userJid", "invalidValue")),
        wrong("a JID with a blank", "userJid=a+b@x&password=p", ("userJid", "invalidValue")),
        wrong("a name with a line end", "userJid=a@x&name=a%0Ab&password=p", ("name", "invalidValue")),
        wrong(
            "a name of 256 bytes", "userJid=a@x&password=p&name=\(String(repeating: "é", count: 128))",
            ("name", "invalidValue")),
        wrong("a password with a NUL", "userJid=a@x&password=p%00", ("password", "invalidValue")),
        wrong(
            "a password of 1,025 bytes", "userJid=a@x&password=\(String(repeating: "p", count: 1025))",
            ("password", "invalidValue")),
        wrong("a password that is no text", "userJid=a@x&password=%C3", ("password", "invalidValue")),
        wrong(
            "everything that is wrong, in the contract's order", "z=1&password=&name=%0A&userJid=x&userJid=y",
            ("userJid", "duplicateParameter"), ("name", "invalidValue"), ("password", "invalidValue"),
            ("z", "unknownParameter")),
        wrong(
            "a name in another case", "userjid=a@x&password=p", ("userJid", "missingParameter"),
            ("userjid", "unknownParameter")),
        wrong(
            "a bare ampersand in the password", "userJid=a@x&password=ab&cd&ef=gh", ("unknown", "unknownParameter"),
            ("unknown", "unknownParameter")),
        WireExchange("JSON that is a list", post("[]", [json]), .failure("400 Bad Request")),
        WireExchange("XML of all users", post("<users></users>", [xml]), .failure("400 Bad Request")),
        WireExchange("XML with an id", post("<user id='x'></user>", [xml]), .failure("400 Bad Request")),
        WireExchange(
            "another type", post(alice, ["Content-Type: text/plain"]), .failure("415 Unsupported Media Type")),
        WireExchange(
            "a JID that somebody has", .send(post(alice)), .receive(added(1)),
            .send(post("userJid=ALICE@example.test&password=other")), .receive(refused(("userJid", "alreadyExists"))),
            .send(get(users)), .receive(list(total: 1, element("alice@example.test", "Alice")))),
        WireExchange(
            "a JID that somebody has, and no password", .send(post(alice)), .receive(added(1)),
            .send(post("userJid=alice@example.test")), .receive(refused(("password", "missingParameter")))),
    ]

    /// What a change does to a user.
    static let userChanges: [WireExchange] = [
        change("the name", "name=B", done, "alice@example.test", "B"),
        change("no name any more", "name=", done, "alice@example.test", ""),
        change("no name any more, by null", #"{"name":null}"#, as: [json], done, "alice@example.test", ""),
        change("XML", "<user><name>B</name></user>", as: [xml], done, "alice@example.test", "B"),
        change("the JID", "userJid=Bob@B.test", done, "bob@b.test", "Alice"),
        change("the same JID in another case", "userJid=ALICE@example.test.", done, "alice@example.test", "Alice"),
        change("the password", "password=other", done, "alice@example.test", "Alice"),
        change("everything", "password=other&name=B&userJid=b@b.test", done, "b@b.test", "B"),
        change("nothing", "", done, "alice@example.test", "Alice"),
        change("an empty JID", "userJid=&name=B", refused(("userJid", "invalidValue")), "alice@example.test", "Alice"),
        change(
            "an empty password", "name=B&password=", refused(("password", "invalidValue")), "alice@example.test",
            "Alice"),
        change(
            "null for JID and password", #"{"password":null,"name":"B","userJid":null}"#, as: [json],
            refused(("userJid", "invalidValue"), ("password", "invalidValue")), "alice@example.test", "Alice"),
        change("an unknown name", "name=B&jid=x", refused(("jid", "unknownParameter")), "alice@example.test", "Alice"),
        change(
            "a name twice", "name=B&name=B", refused(("name", "duplicateParameter")), "alice@example.test", "Alice"),
        change(
            "what GET has answered, as JSON", #"{"id":"x","userJid":"b@b.test"}"#, as: [json],
            refused(("id", "unknownParameter")), "alice@example.test", "Alice"),
        WireExchange(
            "the JID of another user", .send(post(alice)), .receive(added(1)),
            .send(post("userJid=bob@example.test&password=p")), .receive(added(2)),
            .send(putUser("userJid=Bob@example.test&name=B")), .receive(refused(("userJid", "alreadyExists"))),
            .send(putUser("userJid=Bob@example.test&password=other")),
            .receive(refused(("userJid", "alreadyExists"))), .send(get(first)),
            .receive(one("alice@example.test", "Alice"))),
    ]
}
