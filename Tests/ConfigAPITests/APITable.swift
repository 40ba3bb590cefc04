/// The rows of the HTTP contract: what is asked, and what exactly is answered.
///
/// Each row stands for itself, on a new store.
struct APITable: Sendable, CustomStringConvertible {
    let name: String
    var method = "GET"
    var target = "/api/v1/configuration/xmpp"
    var headers: [(name: String, value: String)] = []
    var body = ""
    var user: String? = "admin"
    var status = 200
    /// The exact body; nil: whatever it is.
    var answer: String?
    /// Fields that have to be there with exactly this value.
    var fields: [String: String] = [:]

    var description: String { name }

    private static let form = (name: "Content-Type", value: "application/x-www-form-urlencoded")
    private static let json = (name: "Content-Type", value: "application/json")
    private static let xml = (name: "Content-Type", value: "application/xml")
    private static let wantsJSON = (name: "Accept", value: "application/json")
    private static let empty =
        #"<?xml version="1.0"?><xmpp><uniqueName></uniqueName><domain></domain>"#
        + "<serverAddressOverride></serverAddressOverride></xmpp>"

    private static func failure(_ inner: String) -> String {
        #"<?xml version="1.0"?><failureDetails>\#(inner)</failureDetails>"#
    }

    private static func wrong(_ parameter: String, _ error: String = "invalidValue") -> String {
        failure(#"<parameterError parameter="\#(parameter)" error="\#(error)" />"#)
    }

    static let reads: [APITable] = [
        APITable(
            name: "configuration", answer: empty,
            fields: ["Content-Type": "text/xml", "ETag": "\"0-xml\"", "Vary": "Accept"]),
        APITable(name: "the path that CMS has", target: "/api/v1/system/configuration/xmpp", answer: empty),
        APITable(name: "doubled slash", target: "//api/v1/configuration/xmpp", answer: empty),
        APITable(name: "trailing slash", target: "/api/v1/configuration/xmpp/", answer: empty),
        APITable(name: "bare question mark", target: "/api/v1/configuration/xmpp?", answer: empty),
        APITable(name: "other case", target: "/Api/V1/System/Configuration/XMPP", answer: empty),
        APITable(name: "a reader may read", user: "reader", answer: empty),
        APITable(
            name: "JSON", headers: [wantsJSON],
            answer: #"{"uniqueName":"","domain":"","serverAddressOverride":""}"#,
            fields: ["Content-Type": "application/json", "ETag": "\"0-json\""]),
        APITable(
            name: "known already", headers: [("If-None-Match", "\"9\", \"0-xml\"")], status: 304,
            fields: ["ETag": "\"0-xml\""]),
        APITable(name: "known in the other form", headers: [("If-None-Match", "\"0-json\"")], answer: empty),
        APITable(
            name: "status", target: "/api/v1/configuration/xmpp/status",
            answer: #"<?xml version="1.0"?><xmppStatus><state>waiting</state><boot>b007</boot><sequence>5</sequence>"#
                + "<revision>0</revision><sharedSecretSet>false</sharedSecretSet>"
                + "<since>2026-11-23T04:20:11.532Z</since><attempts>2</attempts></xmppStatus>"),
        APITable(
            name: "status in JSON", target: "/api/v1/system/configuration/xmpp/status", headers: [wantsJSON],
            answer: #"{"state":"waiting","boot":"b007","sequence":5,"revision":0,"sharedSecretSet":false,"#
                + #""since":"2026-11-23T04:20:11.532Z","attempts":2}"#),
        APITable(
            name: "no attempt", target: "/api/v1/configuration/xmpp/attempts",
            answer: #"<?xml version="1.0"?><attempts total="0"></attempts>"#),
        APITable(
            name: "no attempt in JSON", target: "/api/v1/system/configuration/xmpp/attempts?limit=1",
            headers: [wantsJSON], answer: #"{"total":0,"attempts":[]}"#),
        APITable(
            name: "an attempt that is gone", target: "/api/v1/configuration/xmpp/attempts/1", status: 404,
            answer: failure("<unrecognisedObject />")),
        APITable(
            name: "an attempt without a number", target: "/api/v1/configuration/xmpp/attempts/x", status: 404,
            answer: failure("<unrecognisedObject />")),
        APITable(
            name: "no alarm", target: "/api/v1/system/alarms",
            answer: #"<?xml version="1.0"?><alarms total="0"></alarms>"#),
        APITable(
            name: "no alarm in JSON", target: "/api/v1/system/alarms?offset=7", headers: [wantsJSON],
            answer: #"{"total":0,"alarms":[]}"#),
        APITable(
            name: "wrong page", target: "/api/v1/system/alarms?limit=501&offset=-1", status: 400,
            answer: failure(
                #"<parameterError parameter="limit" error="invalidValue" />"#
                    + #"<parameterError parameter="offset" error="invalidValue" />"#)),
        APITable(
            name: "an alarm that is over", target: "/api/v1/system/alarms/x", status: 404,
            answer: failure("<unrecognisedObject />")),
        APITable(
            name: "no user of the Call Bridge", target: "/api/v1/users?filter=x",
            answer: #"<?xml version="1.0"?><users total="0"></users>"#),
        APITable(
            name: "no user of the Call Bridge in JSON", target: "/api/v1/users", headers: [wantsJSON], user: "reader",
            answer: #"{"total":0,"users":[]}"#, fields: ["Content-Type": "application/json", "Vary": "Accept"]),
        APITable(
            name: "a user of the Call Bridge who is none", target: "/api/v1/users/x", status: 404,
            answer: failure("<unrecognisedObject />")),
        APITable(name: "health", target: "/healthz", user: nil, answer: "ok\n"),
    ]

    static let refusals: [APITable] = [
        APITable(
            name: "no user", user: nil, status: 401, answer: "", fields: ["WWW-Authenticate": #"Basic realm="acano""#]),
        APITable(name: "no user, JSON", headers: [wantsJSON], user: nil, status: 401, answer: ""),
        APITable(name: "unknown user", user: "nobody", status: 401, answer: ""),
        APITable(name: "no user at a path that is none", target: "/x", user: nil, status: 401, answer: ""),
        APITable(name: "no such node", target: "/api/v1/x", status: 404, answer: failure("<unrecognisedObject />")),
        APITable(
            name: "no such node at the root", target: "/nothing", status: 404, answer: failure("<unrecognisedObject />")
        ),
        APITable(
            name: "an encoded NUL", target: "/api/v1/configuration/xmpp%00", status: 404,
            answer: failure("<unrecognisedObject />")),
        APITable(
            name: "another version", target: "/api/v2/configuration/xmpp", status: 404,
            answer: failure("<invalidVersion />")),
        APITable(
            name: "wrong method", method: "DELETE", status: 405, answer: failure("<invalidOperation />"),
            fields: ["Allow": "GET, HEAD, PUT, POST", "ETag": "\"0-xml\""]),
        APITable(
            name: "wrong method at the status", method: "PUT", target: "/api/v1/configuration/xmpp/status", status: 405,
            answer: failure("<invalidOperation />"), fields: ["Allow": "GET, HEAD"]),
        APITable(
            name: "wrong method at the health", method: "PUT", target: "/healthz", user: nil, status: 405,
            answer: failure("<invalidOperation />"), fields: ["Allow": "GET, HEAD"]),
        APITable(
            name: "a reader may not write", method: "PUT", body: "domain=a", user: "reader", status: 403,
            answer: failure("<invalidOperation />")),
        APITable(
            name: "a login user may not read", user: "login", status: 403, answer: failure("<invalidOperation />")),
        APITable(
            name: "a login user is not told the revision", method: "DELETE", user: "login", status: 405,
            answer: failure("<invalidOperation />")),
        APITable(
            name: "another media type", method: "PUT", headers: [("Content-Type", "text/plain")], body: "domain=a",
            status: 415,
            answer: failure("<invalidOperation />"), fields: ["ETag": "\"0-xml\""]),
        APITable(
            name: "unknown parameter", method: "PUT", headers: [form], body: "serverAddress=a", status: 400,
            answer: wrong("serverAddress", "unknownParameter")),
        APITable(
            name: "parameter twice", method: "PUT", headers: [form], body: "domain=a&domain=a", status: 400,
            answer: wrong("domain", "duplicateParameter")),
        APITable(
            name: "wrong value, JSON answer", method: "PUT", headers: [form, wantsJSON], body: "domain=a b",
            status: 400,
            answer: #"{"type":"about:blank","title":"parameterError","status":400,"detail":"The request has parameters"#
                + #" that can't be accepted; nothing was changed.","errors":[{"parameter":"domain","error":"invalidValue","#
                + #""detail":"This is not a DNS name of at most 253 characters."}]}"#,
            fields: ["Content-Type": "application/problem+json"]),
        APITable(
            name: "JSON that is none", method: "PUT", headers: [json], body: "{", status: 400,
            answer: failure("<invalidOperation />")),
        APITable(
            name: "JSON list", method: "PUT", headers: [json], body: "[]", status: 400,
            answer: failure("<invalidOperation />")),
        APITable(
            name: "JSON number", method: "PUT", headers: [json], body: #"{"domain":1}"#, status: 400,
            answer: wrong("domain")),
        APITable(
            name: "JSON name twice", method: "PUT", headers: [json], body: #"{"domain":"a","\u0064omain":"b"}"#,
            status: 400, answer: wrong("domain", "duplicateParameter")),
        APITable(
            name: "JSON unknown name", method: "PUT", headers: [json], body: #"{"x":{"domain":"a"}}"#, status: 400,
            answer: wrong("x", "unknownParameter")),
        APITable(
            name: "XML that is none", method: "PUT", headers: [xml], body: "<xmpp>", status: 400,
            answer: failure("<invalidOperation />")),
        APITable(
            name: "XML with a document type", method: "PUT", headers: [xml], body: "<!DOCTYPE xmpp><xmpp/>",
            status: 400,
            answer: failure("<invalidOperation />")),
        APITable(
            name: "XML with another root", method: "PUT", headers: [xml], body: "<x/>", status: 400,
            answer: failure("<invalidOperation />")),
        APITable(
            name: "XML with elements inside", method: "PUT", headers: [xml], body: "<xmpp><domain><a/></domain></xmpp>",
            status: 400, answer: wrong("domain")),
        APITable(
            name: "XML with blanks around a value", method: "PUT", headers: [xml],
            body: "<xmpp><domain> a </domain></xmpp>", status: 400, answer: wrong("domain")),
        APITable(
            name: "XML with an attribute", method: "PUT", headers: [xml], body: "<xmpp domain='a'/>", status: 400,
            answer: failure("<invalidOperation />")),
        APITable(
            name: "XML with text between", method: "PUT", headers: [xml], body: "<xmpp>domain=a</xmpp>", status: 400,
            answer: failure("<invalidOperation />")),
        APITable(
            name: "JSON without its type", method: "PUT", body: #"{"sharedSecret":"hunter2"}"#, status: 400,
            answer: wrong("unknown", "unknownParameter")),
        APITable(
            name: "a bare ampersand in the secret", method: "PUT", headers: [form], body: "sharedSecret=ab&cd&ef=gh",
            status: 400,
            answer: failure(
                #"<parameterError parameter="unknown" error="unknownParameter" />"#
                    + #"<parameterError parameter="unknown" error="unknownParameter" />"#)),
        APITable(
            name: "stale", method: "PUT", headers: [form, ("If-Match", "\"7-xml\"")], body: "domain=a", status: 412,
            answer: failure("<invalidOperation />"), fields: ["ETag": "\"0-xml\""]),
        APITable(
            name: "a weak tag", method: "PUT", headers: [form, ("If-Match", "W/\"0-xml\"")], body: "domain=a",
            status: 412),
        APITable(
            name: "only where there is none", method: "PUT", headers: [form, ("If-None-Match", "*")], body: "domain=a",
            status: 412),
    ]

    private static func write(
        _ name: String, _ body: String, method: String = "PUT", user: String = "admin", revision: Int = 1
    ) -> APITable {
        write(name, [form], body, method: method, user: user, revision: revision)
    }

    private static func write(
        _ name: String, _ headers: [(name: String, value: String)], _ body: String, method: String = "PUT",
        user: String = "admin", revision: Int = 1
    ) -> APITable {
        APITable(
            name: name, method: method, headers: headers, body: body, user: user, answer: "",
            fields: ["Content-Length": "0", "ETag": "\"\(revision)-xml\""])
    }

    /// Each leaves the domain `example.com`, but those of revision 0, which change nothing.
    static let writes: [APITable] = [
        write("form", "domain=example.com"),
        write("POST", "domain=example.com", method: "POST"),
        write("a user of role api", "domain=example.com", user: "api"),
        write("form without a type", [], "domain=example.com"),
        write("form of a malformed type", [("Content-Type", "x-www-form-urlencoded")], "domain=example.com"),
        write(
            "form with a charset", [("Content-Type", "Application/x-www-form-urlencoded; charset=utf-8")],
            "domain=example.com"),
        write("leading ampersand", "&domain=example.com&&"),
        write("literal colon", "serverAddressOverride=[::1]:5223&domain=example.com"),
        write("upper case and dot", "domain=EXAMPLE.com."),
        write("empty body", "", revision: 0),
        write("empty JSON body", [json], "", revision: 0),
        write("empty values where there are none", "domain=&uniqueName=", revision: 0),
        write("JSON", [json], #"{"domain":"example.com","uniqueName":null,"sharedSecret":"a\"b:{c"}"#),
        write(
            "JSON with a charset", [("Content-Type", "application/json; charset=utf-8")], #"{"domain":"example.com"}"#),
        write("XML", [xml], "<?xml version='1.0'?><xmpp><domain>example.com</domain><uniqueName></uniqueName></xmpp>"),
        write("text/xml", [("Content-Type", "text/xml")], "<xmpp>\n <domain>example&#46;com</domain>\n</xmpp>"),
        write("matching", [form, ("If-Match", "\"0-xml\"")], "domain=example.com"),
        write("matching the other form", [form, ("If-Match", "\"5\", \"0-json\"")], "domain=example.com"),
        write("matching the bare revision", [form, ("If-Match", "\"0\"")], "domain=example.com"),
        write("matching anything", [form, ("If-Match", "*")], "domain=example.com"),
    ]
}
