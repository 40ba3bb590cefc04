import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// Markup comes from the source alone.
@Suite struct HTMLTests {
    @Test func `a text is escaped, and what would not be seen is visible`() {
        let hostile = "<b>&\"'\u{202e}\u{0}\n"
        let html: HTML = "<p title=\"\(hostile)\">\(hostile)</p>"
        let escaped = #"&lt;b&gt;&amp;&quot;&#39;\u{202e}\u{0}\u{a}"#
        #expect(html.markup == #"<p title="\#(escaped)">\#(escaped)</p>"#)
    }

    @Test func `a field's value comes back as it is`() {
        #expect(HTML.exact("a\u{202e}\"b").markup == "a\u{202e}&quot;b")
    }

    @Test func `what is markup already is not escaped again`() {
        let inner: HTML = "<b>\("x & y")</b>"
        let nothing: HTML? = nil
        let html: HTML = "<p>\(inner)\(nothing)\(7)</p>"
        #expect(html.markup == "<p><b>x &amp; y</b>7</p>")
        #expect(HTML.joined([inner, "<i></i>"], by: ", ").markup == "<b>x &amp; y</b>, <i></i>")
    }

    @Test func `marks in a piece are a text`() {
        let html = HTML(document: Array("a {{one}} b {{two}} {{one}}".utf8), ["one": "\("{{two}}")", "two": "2"])
        #expect(html.markup == "a {{two}} b 2 {{two}}")
    }

    @Test func `a moment is told in UTC`() {
        #expect(
            HTML.time(Timestamp(milliseconds: 1_795_407_611_532)).markup
                == #"<time datetime="2026-11-23T04:20:11.532Z">2026-11-23 04:20:11 UTC</time>"#)
    }

    @Test(
        arguments: [
            (-5, "0 s"), (999, "0 s"), (59_999, "59 s"), (60_000, "1 min 0 s"), (3_599_999, "59 min 59 s"),
            (3_600_000, "1 h 0 min"), (86_399_999, "23 h 59 min"), (86_400_000, "1 day"), (172_800_000, "2 days"),
        ] as [(Int64, String)])
    func `a span of time has units`(milliseconds: Int64, words: String) {
        #expect(SpanOfTime.words(milliseconds: milliseconds) == words)
    }

    @Test(
        arguments: [
            (-1, "0.0 ms"), (0, "0.0 ms"), (49, "0.0 ms"), (50, "0.1 ms"), (12_340, "12.3 ms"), (999_949, "999.9 ms"),
            (999_950, "1.00 s"), (1_234_567, "1.23 s"), (9_994_999, "9.99 s"), (9_995_000, "10.0 s"),
            (75_040_000, "75.0 s"),
        ] as [(Int64, String)])
    func `how long something took is rounded`(microseconds: Int64, words: String) {
        #expect(SpanOfTime.words(microseconds: microseconds) == words)
    }

    @Test(
        arguments: [(0, "0 ms"), (999, "999 ms"), (1000, "1.00 s"), (61_000, "61.0 s"), (-1, "0 ms")]
            as [(Int64, String)])
    func `begins are whole milliseconds`(milliseconds: Int64, words: String) {
        #expect(SpanOfTime.words(begin: milliseconds) == words)
    }

    @Test func `bytes are named by their SHA-256`() {
        #expect(ContentTag.hex(of: Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223")
    }
}
