import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// An attempt as the API writes it, to the byte.
@Suite struct AttemptDocumentTests {
    private let document = Document("attempt", Document.Row(AttemptLog.Entry(id: 17, report: .sample)))

    @Test func `as JSON`() {
        let sha256 = String(repeating: "ab", count: 32)
        let failure =
            #""failure":{"step":"registration","reason":"notAuthorized","#
            + #""detail":"The server <does not> accept it."}"#
        let expected = [
            #"{"id":"17","startedAt":"2026-11-23T04:20:11.532Z","milliseconds":12.007,"revision":7,"#,
            #""jid":"cb1.example.test","source":"srv","outcome":"failed",\#(failure),"steps":["#,
            #"{"step":"srvLookup","startedAt":"2026-11-23T04:20:11.532Z","milliseconds":1.042,"outcome":"succeeded","#,
            #""records":["0 5 5223 xmpp1.example.test."]},"#,
            #"{"step":"addressLookup","server":"xmpp1.example.test:5223","startedAt":"2026-11-23T04:20:11.533Z","#,
            #""milliseconds":1.042,"outcome":"succeeded","addresses":["192.0.2.1","2001:db8::1"]},"#,
            #"{"step":"tcpConnect","server":"xmpp1.example.test:5223","address":"192.0.2.1:5223","#,
            #""startedAt":"2026-11-23T04:20:11.534Z","milliseconds":1.042,"outcome":"succeeded"},"#,
            #"{"step":"tlsHandshake","server":"xmpp1.example.test:5223","address":"192.0.2.1:5223","#,
            #""startedAt":"2026-11-23T04:20:11.535Z","milliseconds":1.042,"outcome":"succeeded","#,
            #""tls":{"version":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384","mutual":true,"resumed":false,"#,
            #""peerCertificate":{"subject":"CN=example.test","subjectAltNames":["DNS:example.test"],"#,
            #""notAfter":"2027-01-15T08:00:00.000Z","sha256":"\#(sha256)"}}},"#,
            #"{"step":"streamOpen","server":"xmpp1.example.test:5223","address":"192.0.2.1:5223","#,
            #""startedAt":"2026-11-23T04:20:11.540Z","milliseconds":1.042,"outcome":"succeeded","streamId":"id-1"},"#,
            #"{"step":"registration","server":"xmpp1.example.test:5223","address":"192.0.2.1:5223","#,
            #""startedAt":"2026-11-23T04:20:11.542Z","milliseconds":1.042,"outcome":"failed",\#(failure)}]}"#,
        ]
        #expect(String(decoding: JSONWriter.bytes(document), as: UTF8.self) == expected.joined())
    }

    @Test func `as XML`() {
        let text = String(decoding: XMLWriter.bytes(document), as: UTF8.self)
        let head =
            #"<?xml version="1.0"?><attempt id="17"><startedAt>2026-11-23T04:20:11.532Z</startedAt>"#
            + "<milliseconds>12.007</milliseconds><revision>7</revision>"
        #expect(text.hasPrefix(head))
        let steps =
            "<steps><attemptStep><step>srvLookup</step><startedAt>2026-11-23T04:20:11.532Z</startedAt>"
            + "<milliseconds>1.042</milliseconds><outcome>succeeded</outcome>"
            + "<records><record>0 5 5223 xmpp1.example.test.</record></records></attemptStep>"
        #expect(text.contains(steps))
        #expect(
            text.contains("<detail>The server &lt;does not&gt; accept it.</detail></failure></attemptStep></steps>"))
    }
}
