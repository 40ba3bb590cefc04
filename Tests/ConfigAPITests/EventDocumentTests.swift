import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// Events as the API writes them, to the byte.
@Suite struct EventDocumentTests {
    private var document: Document {
        var failed = Event.failed(at: 1)
        failed.add(.failed(at: 61))
        var user = Event(.userChanged, at: Timestamp(milliseconds: 0))
        user.name = "bob"
        user.fields = ["role"]
        let entries = [
            EventLog.Entry(id: 12, event: failed), EventLog.Entry(id: 11, event: .change),
            EventLog.Entry(id: 10, event: user),
        ]
        return Document("events", item: "event", entries.map { Document.Row($0) }, total: 12)
    }

    @Test func `a login`() {
        let row = Document.Row(EventLog.Entry(id: 9, event: .loginRefused))
        let expected = [
            #"{"total":9,"events":[{"id":"9","at":"1970-01-01T00:00:00.000Z","type":"loginRefused","user":"gate","#,
            #""address":"192.0.2.7","door":"api","name":"alice@example.test","reason":"notAuthorized","count":2,"#,
            #""lastAt":"1970-01-01T00:00:01.000Z"}]}"#,
        ]
        let document = Document("events", item: "event", [row], total: 9)
        #expect(String(decoding: JSONWriter.bytes(document), as: UTF8.self) == expected.joined())
        #expect(
            String(decoding: XMLWriter.bytes(document), as: UTF8.self).contains(
                "<address>192.0.2.7</address><door>api</door><name>alice@example.test</name><reason>notAuthorized</reason>"
            ))
    }

    @Test func `as XML`() {
        let expected = [
            #"<?xml version="1.0"?><events total="12"><event id="12"><at>1970-01-01T00:00:01.000Z</at>"#,
            "<type>connectionFailed</type><revision>1</revision><jid>cb1.example.test</jid>",
            "<server>xmpp.example.test:5223</server><step>tcpConnect</step><reason>connectionRefused</reason>",
            "<detail>At 61 &lt;nobody&gt; listened.</detail><count>2</count><lastAt>1970-01-01T00:01:01.000Z</lastAt>",
            #"</event><event id="11"><at>2026-11-23T04:20:11.532Z</at><type>configurationChanged</type>"#,
            "<user>zoë</user><address>192.0.2.7</address><fields><field>domain</field><field>sharedSecret</field>",
            #"</fields><revision>7</revision></event><event id="10"><at>1970-01-01T00:00:00.000Z</at>"#,
            "<type>userChanged</type><name>bob</name><fields><field>role</field></fields></event></events>",
        ]
        #expect(String(decoding: XMLWriter.bytes(document), as: UTF8.self) == expected.joined())
    }

    @Test func `as JSON`() {
        let expected = [
            #"{"total":12,"events":[{"id":"12","at":"1970-01-01T00:00:01.000Z","type":"connectionFailed","revision":1,"#,
            #""jid":"cb1.example.test","server":"xmpp.example.test:5223","step":"tcpConnect","#,
            #""reason":"connectionRefused","detail":"At 61 <nobody> listened.","count":2,"#,
            #""lastAt":"1970-01-01T00:01:01.000Z"},{"id":"11","at":"2026-11-23T04:20:11.532Z","#,
            #""type":"configurationChanged","user":"zoë","address":"192.0.2.7","fields":["domain","sharedSecret"],"#,
            #""revision":7},{"id":"10","at":"1970-01-01T00:00:00.000Z","type":"userChanged","name":"bob","#,
            #""fields":["role"]}]}"#,
        ]
        #expect(String(decoding: JSONWriter.bytes(document), as: UTF8.self) == expected.joined())
    }
}
