import Testing

@testable import ConfigAPI

/// What others have written, as it is shown.
@Suite struct VisibleTextTests {
    @Test(arguments: [
        ("", ""), ("zoë@例え.test", "zoë@例え.test"), (#"d\27artagnan "x" & y"#, #"d\27artagnan "x" & y"#),
        ("a\nb\u{0}\u{7f}", #"a\u{a}b\u{0}\u{7f}"#), ("\u{1b}[31m", #"\u{1b}[31m"#),
        ("\u{85}\u{2028}\u{2029}", #"\u{85}\u{2028}\u{2029}"#), ("\u{202e}nimda\u{200b}", #"\u{202e}nimda\u{200b}"#),
        ("\u{e000}\u{ffff}", #"\u{e000}\u{ffff}"#), ("e\u{301}", "e\u{301}"),
    ])
    func `everything in it is seen`(text: String, shown: String) {
        #expect(VisibleText.shown(text, limit: 255) == shown)
    }

    @Test(arguments: [
        ("12345678", "12345678"), ("123456789", "12345…"), ("1234é78", "1234é78"), ("1234é789", "1234…"),
        ("ééééé", "éé…"), ("12\u{0}", #"12\u{0}"#), ("123\u{0}x", "123…"), ("1234567\n", "12345…"),
        ("🙂🙂", "🙂🙂"), ("🙂🙂🙂", "🙂…"), ("\u{10ffff}", "…"),
    ])
    func `a text is cut behind a character, to eight bytes here`(text: String, shown: String) {
        let result = VisibleText.shown(text, limit: 8)
        #expect(result == shown)
        #expect(result.utf8.count <= 8)
    }

    @Test func `a text of many megabytes costs no more than its beginning`() {
        let long = String(repeating: "a\u{301}", count: 8_000_000)
        let duration = ContinuousClock().measure {
            for _ in 0..<1000 { #expect(VisibleText.shown(long, limit: 255).utf8.count <= 255) }
        }
        #expect(duration < .seconds(10))
    }
}
