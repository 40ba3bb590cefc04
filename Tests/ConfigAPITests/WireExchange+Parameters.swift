@testable import BridgeEngine
@testable import ConfigAPI

extension WireExchange {
    /// A form that is taken, and what is stored then.
    private static func taken(_ name: String, _ body: String, _ stored: StoredConfiguration) -> WireExchange {
        WireExchange(name, put(body), .changed(stored.revision), stored: stored)
    }

    /// A form with one parameter that can't be taken.
    private static func wrong(_ name: String, _ body: String) -> WireExchange {
        let parameter = String(body.prefix { $0 != "=" })
        return WireExchange(name, put(body), .wrong((parameter, "invalidValue")))
    }

    /// The four parameters: what is valid, and in which form it is kept.
    static let values: [WireExchange] = [
        taken("a name in lower case", "uniqueName=CB-1", stored(name: "cb-1")),
        taken("a name of several labels", "uniqueName=cb1.example.com", stored(name: "cb1.example.com")),
        taken("a name with a final dot", "uniqueName=cb1.", stored(name: "cb1")),
        wrong("a name with a blank before it", "uniqueName=+cb1"),
        wrong("a name with a blank behind it", "uniqueName=cb1%20"),
        wrong("a name with an underscore", "uniqueName=cb_1"),
        wrong("a name with a hyphen at its end", "uniqueName=cb1-"),
        wrong("a name with an empty label", "uniqueName=cb1..x"),
        wrong("a name with a label of 64 characters", "uniqueName=\(String(repeating: "a", count: 64))"),
        taken(
            "a JID of 255 bytes", "uniqueName=\(label(62))&domain=\(longDomain)",
            stored(name: label(62), domain: longDomain)),
        WireExchange(
            "a JID of 256 bytes", put("uniqueName=\(label(63))&domain=\(longDomain)"),
            .wrong(("uniqueName", "invalidValue"))),
        taken("a domain in lower case, without its final dot", "domain=EXAMPLE.Com.", stored(domain: "example.com")),
        taken(
            "an internationalised domain", "domain=b%C3%BCcher.example", stored(domain: "xn--bcher-kva.example")),
        wrong("a domain with a blank", "domain=example com"),
        wrong("a domain of 254 characters", "domain=\(longDomain).\(label(61))"),
        wrong("a domain that is a URL", "domain=https://example.com"),
        wrong("a domain with a NUL", "domain=example.com%00"),
        taken("an override: host", "serverAddressOverride=XMPP.example.com", stored(address: "xmpp.example.com")),
        taken(
            "an override: host and port, unencoded", "serverAddressOverride=xmpp.example.com:5222",
            stored(address: "xmpp.example.com:5222")),
        taken(
            "an override: host and port, encoded", "serverAddressOverride=xmpp.example.com%3A5222",
            stored(address: "xmpp.example.com:5222")),
        taken(
            "an override: IPv4 and port", "serverAddressOverride=192.0.2.1:65535", stored(address: "192.0.2.1:65535")),
        taken("an override: IPv6", "serverAddressOverride=[2001:db8::1]", stored(address: "[2001:db8::1]")),
        taken(
            "an override: IPv6 and port", "serverAddressOverride=[2001:db8::1]:1", stored(address: "[2001:db8::1]:1")),
        taken(
            "an override: IPv6 without brackets", "serverAddressOverride=2001:db8::1", stored(address: "2001:db8::1")),
        wrong("an override with port 0", "serverAddressOverride=xmpp.example.com:0"),
        wrong("an override with port 65536", "serverAddressOverride=xmpp.example.com:65536"),
        wrong("an override with an empty port", "serverAddressOverride=xmpp.example.com:"),
        wrong("an override that is a URL", "serverAddressOverride=https://xmpp.example.com/"),
        wrong("an override with a blank", "serverAddressOverride=+xmpp.example.com"),
        taken("a secret of one byte", "sharedSecret=x", stored(secret: "x")),
        taken("a secret with unencoded characters", "sharedSecret=p@ss:w/r?d=x", stored(secret: "p@ss:w/r?d=x")),
        taken("a plus sign is a space", "sharedSecret=a+b%2Bc%20d", stored(secret: "a b+c d")),
        taken("a secret in UTF-8, encoded", "sharedSecret=%C3%BC%E2%82%AC", stored(secret: "ü€")),
        taken("a secret in UTF-8, unencoded", "sharedSecret=ü€", stored(secret: "ü€")),
        taken(
            "a secret of 1,024 bytes", "sharedSecret=\(String(repeating: "s", count: 1024))",
            stored(secret: String(repeating: "s", count: 1024))),
        wrong("a secret of 1,025 bytes", "sharedSecret=\(String(repeating: "s", count: 1025))"),
        wrong("a secret of 1,025 bytes, 1,024 characters", "sharedSecret=ü\(String(repeating: "s", count: 1023))"),
        wrong("a secret with a line end", "sharedSecret=a%0Ab"),
        wrong("a secret with a NUL", "sharedSecret=a%00b"),
        wrong("an escape that is none", "sharedSecret=100%"),
        wrong("bytes that are no UTF-8, encoded", "sharedSecret=%C3%28"),
        WireExchange(
            "bytes that are no UTF-8, unencoded",
            .sendBytes(Array(put("sharedSecret=12").utf8).dropLast(2) + [0xC3, 0x28]),
            .receive(.wrong(("sharedSecret", "invalidValue")))),
    ]

    private static func label(_ count: Int) -> String { String(repeating: "n", count: count) }

    /// Of 192 characters.
    private static let longDomain = "\(label(63)).\(label(63)).\(label(62)).d"

    /// What a change does to the whole.
    static let changes: [WireExchange] = [
        taken(
            "all four at once", "sharedSecret=s&serverAddressOverride=[::1]:5223&domain=example.com&uniqueName=cb1",
            stored(name: "cb1", domain: "example.com", address: "[::1]:5223", secret: "s")),
        WireExchange(
            "what is not named keeps its value",
            stored: stored(name: "cb2", domain: "a.test", secret: "s", revision: 2),
            .send(put("uniqueName=cb1&domain=a.test&sharedSecret=s")), .receive(.changed(1)),
            .send(put("uniqueName=cb2")), .receive(.changed(2)), .send(get()),
            .receive(.configuration(name: "cb2", domain: "a.test", revision: 2))),
        WireExchange(
            "an empty value clears", stored: stored(name: "cb1", revision: 2),
            .send(put("uniqueName=cb1&domain=a.test&serverAddressOverride=x&sharedSecret=s")), .receive(.changed(1)),
            .send(put("domain=&serverAddressOverride=&sharedSecret=")), .receive(.changed(2)), .send(get()),
            .receive(.configuration(name: "cb1", revision: 2))),
        WireExchange(
            "what changes nothing is a success", stored: stored(domain: "a.test"),
            .send(put("domain=a.test")), .receive(.changed(1)), .send(put("domain=A.test.")), .receive(.changed(1)),
            .send(put("")), .receive(.changed(1)), .send(put("uniqueName=")), .receive(.changed(1))),
        WireExchange(
            "all or nothing", put("uniqueName=cb1&domain=example..com"), .wrong(("domain", "invalidValue"))),
        WireExchange(
            "four errors in the contract's order, whatever the client's",
            put("sharedSecret=%0A&serverAddressOverride=x:0&domain=-&uniqueName=_"),
            .wrong(
                ("uniqueName", "invalidValue"), ("domain", "invalidValue"), ("serverAddressOverride", "invalidValue"),
                ("sharedSecret", "invalidValue"))),
        WireExchange(
            "an unknown name", put("serverAddress=xmpp.example.com"), .wrong(("serverAddress", "unknownParameter"))),
        WireExchange(
            "a name in another case is another name", put("Domain=a.test"), .wrong(("Domain", "unknownParameter"))),
        WireExchange(
            "strangers come behind the four, in the client's order", put("z=1&domain=-&y=2&uniqueName=cb1"),
            .wrong(("domain", "invalidValue"), ("z", "unknownParameter"), ("y", "unknownParameter"))),
        WireExchange(
            "a name twice", put("domain=a.test&domain=a.test"), .wrong(("domain", "duplicateParameter"))),
        WireExchange(
            "a name twice, once wrong", put("domain=-&domain=a.test&uniqueName=_"),
            .wrong(("uniqueName", "invalidValue"), ("domain", "duplicateParameter"))),
        WireExchange(
            "two that can't stand together", stored: stored(domain: longDomain),
            .send(put("domain=\(longDomain)")), .receive(.changed(1)),
            .send(put("uniqueName=\(label(63))&sharedSecret=s")),
            .receive(.wrong(("uniqueName", "invalidValue"), revision: 1))),
        taken(
            "a leading ampersand and empty pairs", "&domain=a.test&&uniqueName=cb1&",
            stored(name: "cb1", domain: "a.test")),
        WireExchange("a name without a value", put("domain"), .wrong(("domain", "invalidValue"))),
    ]

    private static let example = stored(domain: "example.com")

    private static func body(_ name: String, _ fields: [String], _ body: String) -> WireExchange {
        WireExchange(name, put(body, fields), .changed(1), stored: example)
    }

    private static func unread(_ name: String, _ fields: [String], _ body: String, _ status: String = "400 Bad Request")
        -> WireExchange
    { WireExchange(name, put(body, fields), .failure(status, revision: 0)) }

    /// The ways to write a body.
    static let bodies: [WireExchange] = [
        body("a form", [form], "domain=example.com"),
        body("a form without a type", [], "domain=example.com"),
        body(
            "a form of the type that a client misspells", ["Content-Type: x-www-form-urlencoded"], "domain=example.com"),
        body(
            "a form with a charset", ["Content-Type: APPLICATION/x-www-form-urlencoded; charset=UTF-8"],
            "domain=example.com"),
        body("JSON", [json], #"{"domain":"example.com","sharedSecret":null}"#),
        body("JSON with a charset", [json + "; charset=utf-8"], #"{ "domain" : "example\u002ecom" }"#),
        body("XML", [xml], "<xmpp><domain>example.com</domain><uniqueName></uniqueName></xmpp>"),
        body(
            "text/xml", ["Content-Type: text/xml"],
            "<?xml version=\"1.0\"?>\n<xmpp>\n<domain>example.com</domain></xmpp>"),
        body(
            "what GET has answered", [xml],
            "<?xml version=\"1.0\"?><xmpp><uniqueName></uniqueName><domain>example.com</domain>"
                + "<serverAddressOverride></serverAddressOverride></xmpp>"),
        WireExchange("an empty form", put(""), .changed(0)),
        WireExchange("an empty body of no type", put("", []), .changed(0)),
        WireExchange("an empty body of type JSON", put("", [json]), .changed(0)),
        WireExchange("an empty body of type XML", put("", [xml]), .changed(0)),
        WireExchange("no body and no length", request("PUT", path, [form]), .changed(0)),
        unread("another type", ["Content-Type: text/plain"], "domain=example.com", "415 Unsupported Media Type"),
        unread(
            "a multipart form", ["Content-Type: multipart/form-data; boundary=x"], "--x--",
            "415 Unsupported Media Type"),
        unread("a form called JSON", [json], "domain=example.com"),
        unread("a form called XML", [xml], "domain=example.com"),
        unread("JSON that is a list", [json], "[]"),
        unread("XML of another root", [xml], "<configuration></configuration>"),
        unread("XML with a document type", [xml], "<!DOCTYPE xmpp [<!ENTITY a 'b'>]><xmpp><domain>&a;</domain></xmpp>"),
        WireExchange("a number in JSON", put(#"{"domain":1}"#, [json]), .wrong(("domain", "invalidValue"))),
        WireExchange(
            "a name twice in JSON", put(#"{"domain":"a","domain":"b"}"#, [json]),
            .wrong(("domain", "duplicateParameter"))),
        WireExchange(
            "a name twice in XML", put("<xmpp><domain>a</domain><domain>a</domain></xmpp>", [xml]),
            .wrong(("domain", "duplicateParameter"))),
        WireExchange(
            "an unknown name in XML", put("<xmpp><port>1</port></xmpp>", [xml]), .wrong(("port", "unknownParameter"))),
        WireExchange(
            "64 KiB", put("domain=example.com" + String(repeating: "&", count: 65_536 - 18)), .changed(1),
            stored: example),
        WireExchange(
            "a byte more than 64 KiB", put("domain=example.com" + String(repeating: "&", count: 65_536 - 17)),
            .failure("413 Content Too Large").closing),
        WireExchange(
            "64 KiB in chunks", chunked(4, of: "4000", String(repeating: "&", count: 0x4000)),
            .changed(0)),
        WireExchange(
            "more than 64 KiB in chunks", chunked(5, of: "4000", String(repeating: "&", count: 0x4000)),
            .failure("413 Content Too Large").closing),
    ]

    private static func chunked(_ count: Int, of size: String, _ chunk: String) -> String {
        request("PUT", path, [form, "Transfer-Encoding: chunked"])
            + String(repeating: "\(size)\r\n\(chunk)\r\n", count: count) + "0\r\n\r\n"
    }
}
