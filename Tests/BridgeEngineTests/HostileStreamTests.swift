import NIOCore
import TestSupport
import Testing

@testable import BridgeEngine

/// A server whose TLS is fine and whose XML is not: each trick has its step and reason, the server is told where
/// RFC 6120 has a word for it, and the bridge tries again.
@Suite(.timeLimit(.minutes(10))) struct HostileStreamTests {
    private let bench: HostileBench

    init() throws {
        bench = try HostileBench()
    }

    /// Something that no XML parser of an XMPP stream accepts, and how it is refused.
    struct Trick: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let condition: String
        let words: String

        init(_ name: String, _ text: String, _ condition: String, _ words: String) {
            self.init(name, Array(text.utf8), condition, words)
        }

        init(_ name: String, _ bytes: [UInt8], _ condition: String, _ words: String) {
            testDescription = name
            self.bytes = bytes
            self.condition = condition
            self.words = words
        }
    }

    /// Ten entities, each ten times the one before: a thousand million laughs in less than a kilobyte.
    private static let laughs =
        "<!DOCTYPE lolz [<!ENTITY lol0 'lol'>"
        + (1...9).map { level in
            "<!ENTITY lol\(level) '" + String(repeating: "&lol\(level - 1);", count: 10) + "'>"
        }.joined() + "]>"

    static let insteadOfHeader = [
        Trick(
            "document type", "<!DOCTYPE stream SYSTEM 'file:///etc/passwd'>" + HostileAction.header, "restricted-xml",
            "a document type declaration"),
        Trick(
            "entity bomb", laughs + HostileAction.header(id: "&lol9;"), "restricted-xml", "a document type declaration"),
        Trick(
            "header of 1 MB", HostileAction.header(id: String(repeating: "1", count: 1 << 20)), "policy-violation",
            "longer than 4096 bytes"),
        Trick(
            "UTF-16", [0xff, 0xfe] + Array("<stream/>".utf8).flatMap { [$0, 0] }, "not-well-formed", "not well-formed"),
        Trick(
            "UTF-16 without a mark", Array("<stream/>".utf8).flatMap { [0, $0] }, "not-well-formed", "not well-formed"),
        Trick("NUL", [0, 0, 0, UInt8(ascii: ">")], "not-well-formed", "not well-formed"),
    ]

    static let insteadOfStanza = [
        Trick("depth bomb", String(repeating: "<a>", count: 100_000), "policy-violation", "deeper than 64 elements"),
        Trick("entity", "<message>&lol9;</message>", "restricted-xml", "an entity"),
        Trick("document type", laughs + "<message>&lol9;</message>", "not-well-formed", "not well-formed"),
        Trick(
            "processing instruction", "<?php system('id') ?>", "restricted-xml", "a processing instruction"),
        Trick(
            "processing instruction inside", "<message><?x?></message>", "restricted-xml", "a processing instruction"),
        Trick("comment", "<!-- nothing -->", "restricted-xml", "a comment"),
        Trick("comment inside", "<message><body><!-- --></body></message>", "restricted-xml", "a comment"),
        Trick("NUL", "<message>\u{0}</message>", "not-well-formed", "not well-formed"),
        Trick("NUL between stanzas", "\u{0}<message/>", "not-well-formed", "not well-formed"),
        Trick("escaped NUL", "<message>&#0;</message>", "not-well-formed", "not well-formed"),
        Trick(
            "overlong UTF-8", Array("<message>".utf8) + [0xc0, 0xaf] + Array("</message>".utf8), "not-well-formed",
            "not well-formed"),
        Trick(
            "surrogate in UTF-8", Array("<message a='".utf8) + [0xed, 0xa0, 0x80] + Array("'/>".utf8),
            "not-well-formed", "not well-formed"),
        Trick(
            "cut UTF-8", Array("<message>".utf8) + [0xe2, 0x82] + Array("</message>".utf8), "not-well-formed",
            "not well-formed"),
        Trick("document in the document", HostileAction.header, "not-well-formed", "not well-formed"),
        Trick("attribute twice", "<message a='1' a='2'/>", "not-well-formed", "duplicate attribute"),
        Trick("prefix of nobody", "<evil:message/>", "not-well-formed", "unbound prefix"),
    ]

    @Test(arguments: insteadOfHeader) func `a header that can't be accepted is refused by name`(trick: Trick)
        async throws
    {
        try await bench.expect(
            .asked + [.send(trick.bytes)], fails: "streamOpen", .protocolViolation, words: trick.words,
            answer: trick.condition)
    }

    @Test(arguments: insteadOfStanza) func `a stanza that can't be accepted is refused before registration`(
        trick: Trick
    ) async throws {
        try await bench.expect(
            .registering + [.send(trick.bytes)], fails: "registration", .protocolViolation, words: trick.words,
            answer: trick.condition)
    }

    @Test(arguments: insteadOfStanza) func `a stanza that can't be accepted is refused after registration`(
        trick: Trick
    ) async throws {
        try await bench.expect(
            .registered + [.send(trick.bytes)], fails: "connected", .streamError, condition: trick.condition,
            words: trick.words, answer: trick.condition)
    }

    // MARK: The stream's id

    @Test(arguments: [
        ("a&amp;b", "a&b"), ("&lt;&gt;&quot;&apos;", "<>\"'"), ("&#x41;&#8364;\u{fc}", "A€ü"), ("a\nb\tc", "a b c"),
        ("a&#10;b", "a\nb"), (" ", " "), (String(repeating: "7", count: 3900), String(repeating: "7", count: 3900)),
    ]) func `the secret is proved with the id that the XML means`(written: String, meant: String) async throws {
        let server = try await bench.server(
            .asked + [.say(HostileAction.header(id: written)), .waitFor("</handshake>"), .say("<handshake/>")]
                + .closing)
        let bridge = try bench.bridge()
        bridge.bridge.apply(bench.settings(server), revision: 1)
        _ = try await bridge.next { $0.state == .connected }
        await bridge.stop()
        let digest = HandshakeDigest.hex(streamID: meant, secret: Secret("secret"))
        #expect(server.visits.value.map(\.text).first?.contains("<handshake>\(digest)</handshake>") == true)
        #expect(server.visits.value.count == 1)
        try await server.stop()
    }

    @Test(arguments: [
        HostileAction.header(id: ""), HostileAction.header.replacing(" id='1'", with: ""),
        HostileAction.header.replacing(" id='1'", with: " xml:id='1' ID='1' stream:id='1'"),
    ]) func `a header without an id violates the protocol`(header: String) async throws {
        var limits = StepLimits.patient
        limits.close = .milliseconds(100)
        let encounter = try await bench.encounter(.asked + [.say(header)], limits)
        #expect(encounter.failure.stage == .step(.streamOpen))
        #expect(encounter.failure.reason == .protocolViolation)
        #expect(encounter.failure.detail.contains("no id"))
        #expect(encounter.visit.text.hasSuffix("</stream:stream>"))
        #expect(!encounter.visit.text.contains("<handshake>"))
    }

    // MARK: Registration

    @Test(arguments: [
        "<handshake type='error'/>",
        "<handshake to='cb1.example.test' type='error'><error type='modify'>"
            + "<bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></handshake>",
    ]) func `a handshake of type error is no registration`(handshake: String) async throws {
        try await bench.expect(
            .registering + [.say(handshake)], fails: "registration", .protocolViolation, words: "refused the handshake")
    }

    /// To XML the second header is an element like any other, and all that follows is inside it.
    @Test func `a stream inside the stream is no answer`() async throws {
        var limits = StepLimits.patient
        limits.registration = .milliseconds(300)
        let second = HostileAction.header.replacing("<?xml version='1.0'?>", with: "")
        try await bench.expect(
            .registering + [.say(second + "<handshake/>")], limits, fails: "registration", .registrationTimedOut)
    }

    @Test func `a stream inside the stream ends with its size`() async throws {
        let second = HostileAction.header.replacing("<?xml version='1.0'?>", with: "")
        try await bench.expect(
            .connected + [.say(second), .flood(Array(HostileAction.ping(id: "1").utf8), most: 1 << 24)],
            fails: "connected", .streamError, condition: "policy-violation", words: "longer than 262144 bytes",
            answer: "policy-violation")
    }

    // MARK: What is strange and legal

    /// Each is a whole stream up to the handshake's answer; the bridge has to connect.
    static let legal: [(String, [HostileAction])] = [
        (
            "a byte at a time",
            .asked + [.trickle(Array(HostileAction.header.utf8)), .waitFor("</handshake>")]
                + [.trickle(Array("<handshake xmlns='jabber:component:accept'></handshake>".utf8))]
        ),
        (
            "features before the handshake",
            .opened + [
                .say("<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>"),
                .waitFor("</handshake>"), .say("<stream:features/><message/><handshake/>"),
            ]
        ),
        ("white space everywhere", .opened + [.say(" \n\t"), .waitFor("</handshake>"), .say("\n <handshake /> \n")]),
        (
            "other prefixes",
            .asked + [
                .say(
                    "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns:c='jabber:component:accept' "
                        + "xmlns='jabber:component:accept' id='1'>"),
                .waitFor("</handshake>"), .say("<c:handshake/>"),
            ]
        ),
    ]

    @Test(arguments: legal) func `what is legal connects, however strange`(
        name: String, script: [HostileAction]
    ) async throws {
        let ping = Array(HostileAction.ping(id: "9").utf8)
        let server = try await bench.server(
            script + [.trickle(ping), .waitFor(HostileAction.pong(id: "9"))] + .closing)
        let bridge = try bench.bridge()
        bridge.bridge.apply(bench.settings(server), revision: 1)
        _ = try await bridge.next { $0.state == .connected }
        _ = try await server.visits.wait { $0.first?.text.contains(HostileAction.pong(id: "9")) == true }
        await bridge.stop()
        let visits = try await server.visits.wait { $0.allSatisfy { $0.hasEnded && $0.isScriptOver } }
        #expect(visits.count == 1)
        try await server.stop()
    }

    /// In the declaration, a name, a value, a reference; and all but the last byte.
    @Test(arguments: [1, 7, 30, 80, 145, 147, 150, 152]) func `a header in two pieces is a header`(
        split: Int
    ) async throws {
        let header = Array(HostileAction.header(id: "a&amp;b").utf8)
        let server = try await bench.server(
            .asked + [
                .send(Array(header[..<split])), .pause(.milliseconds(5)), .send(Array(header[split...])),
                .waitFor("</handshake>"), .say("<handshake/>"),
            ] + .closing)
        let bridge = try bench.bridge()
        bridge.bridge.apply(bench.settings(server), revision: 1)
        _ = try await bridge.next { $0.state == .connected }
        await bridge.stop()
        let digest = HandshakeDigest.hex(streamID: "a&b", secret: Secret("secret"))
        #expect(server.visits.value.map(\.text).first?.contains("<handshake>\(digest)</handshake>") == true)
        try await server.stop()
    }
}
