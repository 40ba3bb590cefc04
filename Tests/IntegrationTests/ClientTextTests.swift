import ArgumentParser
import BridgeEngine
import Foundation
import Testing

@testable import api_server

/// What commands print, without a server.
@Suite struct ClientTextTests {
    private func decode<Document: Decodable>(_ json: String) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(json.utf8))
    }

    @Test func `a connection is told in lines`() throws {
        let report: StatusReport = try decode(
            """
            {"state":"connected","boot":"9f2c","sequence":41,"revision":7,"sharedSecretSet":true,
            "jid":"cb1.example.test","server":"xmpp1.example.test:5223","address":"192.0.2.1:5223","source":"srv",
            "since":"2026-11-23T04:20:11.532Z","attempts":0,"tls":{"version":"TLSv1.3","cipher":"AES","mutual":true,
            "resumed":false,"peerCertificate":{"subject":"CN=server","subjectAltNames":["DNS:a","DNS:b"],
            "notAfter":"2027-01-01T00:00:00.000Z","sha256":"00"}},
            "loginRequests":{"accepted":12,"refused":3,"failed":1},"warnings":["certificateEndsSoon","somethingNew"],
            "somethingElse":{"new":[1]}}
            """)
        #expect(
            report.text == """
                State:       connected, since 2026-11-23T04:20:11.532Z
                Component:   cb1.example.test
                Server:      xmpp1.example.test:5223, found by DNS SRV
                Address:     192.0.2.1:5223
                TLS:         TLSv1.3, AES, with our certificate
                Certificate: CN=server, ends 2027-01-01T00:00:00.000Z
                Names:       DNS:a, DNS:b
                Logins:      12 accepted, 3 refused, 1 not decided
                Warnings:    certificateEndsSoon, somethingNew
                Revision:    7

                """)
        #expect(report.summary == "connected")
    }

    @Test func `a failure is told with its sentence, which can't look like a line of ours`() throws {
        let report: StatusReport = try decode(
            #"""
            {"state":"waiting","revision":7,"sharedSecretSet":true,"jid":"cb1.example.test","server":"[::1]:5223",
            "source":"override","since":"2026-11-23T04:20:11.532Z","attempts":3,
            "nextAttemptAt":"2026-11-23T04:20:15.100Z","lastFailure":{"step":"registration","reason":"notAuthorized",
            "detail":"No.\nState: connected\u001b[2J","at":"2026-11-23T04:20:11.530Z"}}
            """#)
        #expect(
            report.text == #"""
                State:        waiting, since 2026-11-23T04:20:11.532Z
                Component:    cb1.example.test
                Server:       [::1]:5223, as configured
                Attempts:     3
                Next attempt: 2026-11-23T04:20:15.100Z
                Last failure: notAuthorized at registration, 2026-11-23T04:20:11.530Z
                              No.\nState: connected\u001b[2J
                Revision:     7

                """#)
        #expect(report.summary == "waiting; last failure: notAuthorized at registration")
    }

    @Test func `what is missing and what is under way is told`() throws {
        let missing: StatusReport = try decode(
            #"{"state":"notConfigured","revision":0,"missing":["domain","sharedSecret"]}"#)
        #expect(missing.text == "State:    notConfigured\nMissing:  domain, sharedSecret\nRevision: 0\n")
        let connecting: StatusReport = try decode(
            #"""
            {"state":"connecting","step":"tlsHandshake","revision":1,
            "lastFailure":{"step":"connected","reason":"pingTimedOut","detail":"x"}}
            """#)
        #expect(connecting.summary == "connecting, tlsHandshake; last failure: pingTimedOut, while connected")
    }

    @Test func `a wait that is over says where it stands`() throws {
        let report: StatusReport = try decode(
            #"""
            {"state":"waiting","revision":1,
            "lastFailure":{"step":"registration","reason":"notAuthorized","detail":"No."}}
            """#)
        #expect(
            try WaitOptions.parse(["--wait", "connected"]).notReached(report).description
                == #"It is not connected after 30 s: waiting; last failure: notAuthorized at registration."#)
    }

    @Test func `a check is a table of its steps`() throws {
        let report: CheckReport = try decode(
            #"""
            {"register":true,"startedAt":"2026-11-23T04:20:11.530Z","milliseconds":35.26,"jid":"cb1.example.test",
            "source":"srv","outcome":"failed","failure":{"step":"registration","reason":"notAuthorized","detail":"No."},
            "omittedSteps":4,"steps":[
            {"step":"srvLookup","milliseconds":0.04,"outcome":"succeeded","records":["1 2 5223 a.","3 4 5223 b."]},
            {"step":"addressLookup","server":"a:5223","milliseconds":1,"outcome":"succeeded",
            "addresses":["::1","1.2.3.4"]},
            {"step":"tcpConnect","server":"a:5223","address":"[::1]:5223","milliseconds":250.06,"outcome":"cancelled"},
            {"step":"tlsHandshake","server":"a:5223","address":"1.2.3.4:5223","milliseconds":9,"outcome":"succeeded",
            "tls":{"version":"TLSv1.3","cipher":"C","mutual":false,"peerCertificate":{"subject":"CN=s",
            "subjectAltNames":["DNS:a"],"notAfter":"X"}}},
            {"step":"streamOpen","address":"1.2.3.4:5223","milliseconds":2,"outcome":"succeeded","streamId":"x\ny"},
            {"step":"registration","address":"1.2.3.4:5223","milliseconds":3,"outcome":"failed",
            "failure":{"step":"registration","reason":"notAuthorized","detail":"No."}}]}
            """#)
        #expect(
            report.text == #"""
                STEP           TARGET        OUTCOME    MS     SEEN
                srvLookup      -             succeeded  0.0    1 2 5223 a., 3 4 5223 b.
                addressLookup  a:5223        succeeded  1.0    ::1, 1.2.3.4
                tcpConnect     [::1]:5223    cancelled  250.1
                tlsHandshake   1.2.3.4:5223  succeeded  9.0    TLSv1.3, C, without our certificate; CN=s (DNS:a), ends X
                streamOpen     1.2.3.4:5223  succeeded  2.0    stream x\ny
                registration   1.2.3.4:5223  failed     3.0    notAuthorized: No.
                (4 more steps in the middle)

                cb1.example.test does not connect: notAuthorized at registration, after 35.3 ms.

                """#)
        #expect(!report.isSuccess)
    }

    @Test(arguments: [(true, "connects and registers after 1.0 ms."), (false, "Registration was not tried")])
    func `a check that succeeds says how far it went`(registers: Bool, end: String) throws {
        let report: CheckReport = try decode(
            #"{"register":\#(registers),"milliseconds":1,"jid":"cb1.example.test","outcome":"succeeded","steps":[]}"#)
        #expect(report.isSuccess)
        #expect(report.text.contains(end))
    }

    @Test func `a progress line fits on the terminal`() {
        #expect(ProgressLine.line("connecting (1 of 30 s)", width: 80) == "connecting (1 of 30 s)")
        #expect(ProgressLine.line("connecting", width: 10) == "connecti…")
        #expect(ProgressLine.line("connecting", width: 1) == "…")
        #expect(ProgressLine.line("a\u{1B}[2J\n", width: 80) == #"a\u001b[2J\n"#)
    }

    @Test(arguments: [
        ("https://127.0.0.1:8443", "127.0.0.1", true, true), ("HTTP://LocalHost:8080/", "LocalHost", false, true),
        ("http://[::1]:8080", "::1", false, true), ("https://cb.example.test", "cb.example.test", true, false),
        ("http://192.0.2.1/cb//", "192.0.2.1", false, false),
        ("http://127.0.0.1.example.test", "127.0.0.1.example.test", false, false),
    ]) func `a URL is a place`(text: String, host: String, isEncrypted: Bool, isLoopback: Bool) throws {
        let url = try ServerURL(text)
        #expect(url.host == host)
        #expect(url.isEncrypted == isEncrypted)
        #expect(url.isLoopback == isLoopback)
        #expect(!url.description.hasSuffix("/"))
    }

    @Test(arguments: [
        "", "127.0.0.1:8443", "ftp://127.0.0.1", "https://", "https:///x", "http://a b", "https://admin:hush@127.0.0.1",
        "https://hush@127.0.0.1", "https://127.0.0.1?hush", "https://127.0.0.1/#hush", "https://bücher.example",
    ]) func `anything else is none, and not repeated`(text: String) {
        let error = #expect(throws: (any Error).self) { try ServerURL(text) }
        #expect(!"\(String(describing: error))".contains("hush"))
    }
}
