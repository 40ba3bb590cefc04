/// Metrics in Prometheus' text format, version 0.0.4.
///
/// ```text
/// # HELP callbridge_xmpp_attempts_total Attempts to connect that have ended, by outcome.
/// # TYPE callbridge_xmpp_attempts_total counter
/// callbridge_xmpp_attempts_total{outcome="succeeded"} 3
/// ```
///
/// See <https://prometheus.io/docs/instrumenting/exposition_formats/>. A family's samples follow its head at once.
struct MetricsText {
    /// What is measured how.
    enum Kind: String {
        /// Only ever grows, from 0 at the start of the process.
        case counter
        case gauge
        case histogram
    }

    /// A label and its value.
    typealias Label = (name: String, value: String)

    /// The `Content-Type` of the format.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// What has been written so far.
    private(set) var text = ""
    private var name = ""

    /// Begins a family.
    /// - Parameters:
    ///   - name: with the unit, and `_total` for a counter.
    ///   - help: a sentence.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(Self.escaped(help))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// A sample of the family; whole numbers are written without a fraction.
    mutating func sample(_ value: Int, _ labels: Label...) {
        write(name, labels, String(value))
    }

    /// A sample of the family.
    mutating func sample(seconds value: Double, _ labels: Label...) {
        write(name, labels, Self.number(value))
    }

    /// A family of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        family(name, kind, help)
        sample(value)
    }

    /// A histogram of the family, in seconds.
    mutating func histogram(_ histogram: MetricHistogram, _ labels: Label...) {
        var sum = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            sum += count
            write("\(name)_bucket", labels + [("le", Self.number(Self.seconds(bound)))], String(sum))
        }
        let count = sum + histogram.beyond
        write("\(name)_bucket", labels + [("le", "+Inf")], String(count))
        write("\(name)_sum", labels, Self.number(Self.seconds(histogram.sum)))
        write("\(name)_count", labels, String(count))
    }

    private mutating func write(_ name: String, _ labels: [Label], _ value: String) {
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(value)\n"
    }

    private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1_000_000_000 }

    /// A number as Go's `ParseFloat` reads it.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    /// Help and the values of labels stand on one line; only values stand in quotes.
    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
