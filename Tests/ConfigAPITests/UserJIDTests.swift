import Foundation
import Testing

@testable import ConfigAPI

/// The JIDs of users: what is one, and which are the same.
@Suite struct UserJIDTests {
    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    /// Of 253 characters.
    private static let longHost = [63, 63, 63, 61].map { repeated("h", $0) }.joined(separator: ".")

    @Test(arguments: [
        ("alice@example.test", "alice@example.test"), ("a@localhost", "a@localhost"), ("a@192.0.2.1", "a@192.0.2.1"),
        // Case.
        ("ALICE@EXAMPLE.Test", "alice@example.test"), ("ÉVE@x", "éve@x"), ("ΟΔΥΣΣΕΎΣ@x", "οδυσσεύσ@x"),
        ("οδυσσεύς@x", "οδυσσεύσ@x"), ("straße@x", "strasse@x"), ("STRAẞE@x", "strasse@x"), ("IŞIK@x", "işik@x"),
        ("ışık@x", "ışık@x"), ("İ@x", "i\u{307}@x"), ("ЖУК@x", "жук@x"), ("\u{13A0}@x", "\u{AB70}@x"),
        // Composed or not.
        ("e\u{301}ve@x", "\u{E9}ve@x"), ("\u{E9}ve@x", "\u{E9}ve@x"), ("E\u{301}ve@x", "\u{E9}ve@x"),
        ("\u{1112}\u{1161}\u{11AB}@x", "\u{D55C}@x"),
        // Compatible.
        ("ａｌｉｃｅ１@x", "alice1@x"), ("ﬁn@x", "fin@x"), ("x²@x", "x2@x"), ("ｶﾞ@x", "\u{30AC}@x"),
        ("\u{212A}elvin@x", "kelvin@x"), ("\u{212B}ngstrom@x", "\u{E5}ngstrom@x"), ("\u{2126}@x", "\u{3C9}@x"),
        // What a name may be made of.
        ("人@x", "人@x"), ("\u{1F600}@x", "\u{1F600}@x"),
        ("#!$%()*+,-.;=?[\\]^_`{|}~0@x", "#!$%()*+,-.;=?[\\]^_`{|}~0@x"),
        ("guest123@x", "guest123@x"), ("\u{301}@x", "\u{301}@x"), ("\u{D4E}@x", "\u{D4E}@x"),
        // Hosts.
        ("a@example.test.", "a@example.test"), ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@bu\u{308}cher.example", "a@xn--bcher-kva.example"), ("a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"),
        ("a@例え\u{3002}テスト", "a@xn--r8jz45g.xn--zckzah"), ("a@ｅｘａｍｐｌｅ.test", "a@example.test"),
        ("a@\u{212A}elvin.test", "a@kelvin.test"),
        // Lengths.
        ("\(repeated("x", 1023))@\(longHost)", "\(repeated("x", 1023))@\(longHost)"),
        ("\(repeated("ß", 511))@x", "\(repeated("ss", 511))@x"),
    ]) func `one form stands for all ways to write a JID`(text: String, normalized: String) throws {
        let jid = try #require(UserJID(text))
        // By scalars: strings that are canonically equivalent are equal.
        #expect(Array(jid.description.unicodeScalars) == Array(normalized.unicodeScalars))
        #expect(UserJID(jid.description) == jid)
        #expect(UserJID(username: jid.username, host: jid.host) == jid)
        #expect(try UserRules.normalized(userJid: text) == normalized)
    }

    private static let form = "A user's JID is name@host, as in alice@example.com."
    private static let length = "The part of a user's JID before the @ has 1 to 1023 bytes."
    private static let characters =
        #"The part of a user's JID before the @ has no blanks, no invisible characters and none of "&'/:<>@."#
    private static let host = "The part of a user's JID behind the @ is a DNS name of at most 253 characters."

    @Test(
        arguments: [
            ("", form), ("alice", form), ("a@b@c", form), ("a@@x", form), ("alice.example.test", form),
            ("alice@example.test/phone", "A user's JID has no resource behind a slash."),
            ("@example.test", length), ("\(repeated("x", 1024))@x", length), ("\(repeated("ß", 512))@x", length),
            ("\(repeated("é", 512))@x", length),
        ]
            + [
                "a b", " a", "a ", "a\tb", "a\u{0}", "a\u{7F}", "a\u{85}", "a\u{A0}b", "a\u{3000}b", "a\u{2028}", "\"a",
                "a&b", "o'neil", "a/b", "a:b", "<a", "a>", "a\u{200B}", "a\u{200D}b", "a\u{AD}b", "a\u{FEFF}",
                "a\u{202E}b", "a\u{FE0F}", "a\u{34F}b", "a\u{3164}", "a\u{115F}", "a\u{E0001}", "a\u{E000}",
                "a\u{FFFD}", "a\u{FFFF}", "a\u{10FFFF}", "a\u{378}",
                // They become such characters.
                "a＠b", "a：b", "℀", "a＆b", "\u{B4}", "\u{FDFA}",
            ].map { ("\($0)@example.test", characters) }
            + [
                "", ".", "x..y", "-x", "x-", "x_y", "x y", " x", "x:5222", "[::1]", "x%41", "x\u{0}", "ü/x", "ü:1",
                "ü x",
                "ü[", "\u{301}x", "\u{FFFD}", "\(longHost)h", repeated("x", 64), "xn--ü", repeated("ü", 64),
            ].map { ("a@\($0)", $0.contains("/") ? "A user's JID has no resource behind a slash." : host) })
    func `what is none is told why`(text: String, sentence: String) throws {
        #expect(UserJID(text) == nil)
        let error = try #require(throws: UserError.self) { try UserJID(checking: text) }
        #expect(error == UserError(.badJID, sentence))
    }

    @Test func `the parts may come from different places`() {
        #expect(UserJID(username: "Alice", host: "Example.Test.") == UserJID("alice@example.test"))
        #expect(UserJID(username: "alice@x", host: "example.test") == nil)
        #expect(UserJID(username: "", host: "example.test") == nil)
        #expect(UserJID(username: "alice", host: "x/y") == nil)
    }

    @Test func `what is folded stays as it is, for each character and with what combines with it`() {
        var changed: [String] = []
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), scalar.properties.generalCategory != .unassigned else { continue }
            for text in ["\(scalar)", "\u{1FF3}\(scalar)\u{345}", "\u{AC00}\(scalar)"] {
                let folded = text.folded
                if !folded.folded.utf8.elementsEqual(folded.utf8) { changed.append(text) }
            }
        }
        #expect(changed.isEmpty)
    }

    /// What Prosody 0.12 makes of names before it asks (`util.encodings.stringprep.nodeprep`).
    @Test(arguments: [
        ("Straße", "strasse"), ("ΟΔΥΣΣΕΎΣ", "οδυσσεύσ"), ("ＡＬＩＣＥ", "alice"), ("ﬁn", "fin"), ("\u{212A}", "k"),
        ("İ", "i\u{307}"), ("ı", "ı"), ("ŉ", "ʼn"), ("ǰ", "\u{1F0}"), ("ΐ", "\u{390}"), ("ᾳ", "αι"), ("ſ", "s"),
        ("㎏", "kg"), ("ℵ", "א"), ("ϐ", "β"), ("…", "..."), ("ﷲ", "الله"), ("𝔘", "u"), ("և", "եւ"),
    ]) func `a name that a server has prepared is found`(name: String, prepared: String) throws {
        #expect(UserJID(username: name, host: "x") == UserJID(username: prepared, host: "x"))
        #expect(try #require(UserJID(username: prepared, host: "x")).username == prepared)
    }
}
