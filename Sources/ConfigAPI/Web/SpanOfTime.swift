/// A span of time in words, as precise as anybody wants to know it.
///
/// `script.js` says the same of the same spans.
enum SpanOfTime {
    /// `0 s`, `59 s`, `1 min 5 s`, `3 h 20 min`, `1 day`, `3 days`: rounded down; nothing is before now.
    static func words(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds / 1000)
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        if days > 0 { return days == 1 ? "1 day" : "\(days) days" }
        if hours > 0 { return "\(hours) h \(minutes % 60) min" }
        if minutes > 0 { return "\(minutes) min \(seconds % 60) s" }
        return "\(seconds) s"
    }

    /// When something was begun, which is known to the millisecond: `0 ms`, `12 ms`, `1.23 s`.
    static func words(begin milliseconds: Int64) -> String {
        milliseconds < 1000 ? "\(max(0, milliseconds)) ms" : words(microseconds: milliseconds * 1000)
    }

    /// How long something took: `0.4 ms`, `12.3 ms`, `1.23 s`, `75.0 s`.
    static func words(microseconds: Int64) -> String {
        func decimal(_ value: Int64, _ unit: Int64, digits: Int64) -> String {
            let power: Int64 = digits == 2 ? 100 : 10
            let parts = (value * power + unit / 2) / unit
            let rest = String(parts % power)
            return "\(parts / power).\(String(repeating: "0", count: Int(digits) - rest.count))\(rest)"
        }
        let value = max(0, microseconds)
        if value < 999_950 { return "\(decimal(value, 1000, digits: 1)) ms" }
        if value < 9_995_000 { return "\(decimal(value, 1_000_000, digits: 2)) s" }
        return "\(decimal(value, 1_000_000, digits: 1)) s"
    }
}
