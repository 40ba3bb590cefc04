internal import BridgeEngine

extension HTML {
    /// A moment, to the second, in UTC: `2026-11-26 12:20:57 UTC`.
    static func time(_ moment: Timestamp) -> HTML {
        let text = moment.rfc3339
        return "<time datetime=\"\(text)\">\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC</time>"
    }

    /// How long ago a moment was, such as `3 days`; a script keeps it up to date.
    static func age(of moment: Timestamp, at now: Timestamp) -> HTML {
        let words = SpanOfTime.words(milliseconds: now.milliseconds - moment.milliseconds)
        return "<time data-age datetime=\"\(moment.rfc3339)\">\(words)</time>"
    }

    /// How long it is until a moment, such as `12 s`; a script keeps it up to date.
    static func wait(until moment: Timestamp, at now: Timestamp) -> HTML {
        let words = SpanOfTime.words(milliseconds: moment.milliseconds - now.milliseconds)
        return "<time data-wait datetime=\"\(moment.rfc3339)\">\(words)</time>"
    }
}
