import BridgeEngine
import HTTPTypes
import Testing

@testable import ConfigAPI

@Suite struct RepresentationTests {
    private let document = Document(
        "root",
        [
            .init("empty", .text("")), .init("text", .text("a<b>&\"c\" ü\u{1}\n")), .init("number", .integer(-3)),
            .init("flag", .flag(true)), .init("list", .list(item: "one", [.text("x"), .text("y")])),
            .init("object", .object([.init("inner", .list(item: "one", []))])),
        ])

    @Test func `XML is one line with open and close pairs`() {
        #expect(
            String(decoding: XMLWriter.bytes(document), as: UTF8.self)
                == "<?xml version=\"1.0\"?><root><empty></empty><text>a&lt;b&gt;&amp;&quot;c&quot; ü\u{FFFD}\n</text>"
                + "<number>-3</number><flag>true</flag><list><one>x</one><one>y</one></list>"
                + "<object><inner></inner></object></root>")
    }

    @Test func `JSON keeps the order of the fields`() {
        #expect(
            String(decoding: JSONWriter.bytes(document), as: UTF8.self)
                == #"{"empty":"","text":"a<b>&\"c\" ü\u0001\n","number":-3,"flag":true,"list":["x","y"],"#
                + #""object":{"inner":[]}}"#)
    }

    @Test(
        arguments: [
            (nil, Representation.xml), ("*/*", .xml), ("application/json", .json),
            ("Application/JSON; charset=utf-8", .json),
            ("text/html, */*;q=0.8", .xml), ("application/xml", .xml), ("application/json;q=0.5, text/xml", .xml),
            ("text/xml;q=0.5, application/json", .json), ("application/json;q=0", .xml), ("", .xml),
        ] as [(String?, Representation)]) func `the client's wish decides`(
            accept: String?, representation: Representation
        )
    {
        #expect(Representation(accept: accept) == representation)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_407_611_532, "2026-11-23T04:20:11.532Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_007, "2000-02-29T00:00:00.007Z"),
        ] as [(Int64, String)]) func `a moment is written as RFC 3339 says`(milliseconds: Int64, text: String)
    {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    }

    @Test(arguments: [
        (APIFailure.unrecognisedObject, 404, "<unrecognisedObject />"), (.invalidVersion, 404, "<invalidVersion />"),
        (.methodNotAllowed([.get, .put]), 405, "<invalidOperation />"), (.forbidden, 403, "<invalidOperation />"),
        (.databaseNotReady, 503, "<databaseNotReady />"),
        (
            .parameters(ParameterErrors([ParameterError(parameter: "a\"<", .unknownParameter, "")])), 400,
            "<parameterError parameter=\"a&quot;&lt;\" error=\"unknownParameter\" />"
        ),
    ]) func `a failure has CMS's bytes`(failure: APIFailure, code: Int, inner: String) {
        let response = failure.response(in: .xml)
        #expect(response.status.code == code)
        #expect(
            String(decoding: response.body, as: UTF8.self)
                == "<?xml version=\"1.0\"?><failureDetails>\(inner)</failureDetails>")
        #expect(failure.response(in: .json).headerFields[.contentType] == "application/problem+json")
        #expect(failure.response(in: .json).status == response.status)
    }

    @Test(arguments: Representation.allCases) func `a missing user is told with a challenge alone`(
        in form: Representation
    ) {
        let response = APIFailure.unauthorized.response(in: form)
        #expect(response.headerFields[.wwwAuthenticate] == "Basic realm=\"acano\"")
        #expect(response.body.isEmpty)
    }
}
