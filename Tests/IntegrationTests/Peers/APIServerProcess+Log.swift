import TestSupport
import Testing

extension APIServerProcess {
    /// A line of the log.
    struct LogLine: Sendable, CustomStringConvertible {
        /// When it was written, RFC 3339.
        let time: String
        /// The whole of it.
        let description: String

        /// Whether all these words are in it.
        func contains(_ words: [String]) -> Bool { words.allSatisfy { description.contains($0) } }
    }

    /// The log of this run, oldest line first.
    var logLines: [LogLine] {
        process.logOfThisRun.split(separator: "\n").map { line in
            LogLine(time: String(line.prefix { $0 != " " }), description: String(line))
        }
    }

    /// How long the bridge paused between two lines: the first with all of `start`, and the first one behind it with all
    /// of `end`; in seconds, by the log's own clock.
    func seconds(
        from start: [String], to end: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Double {
        let rest = logLines.drop { !$0.contains(start) }
        let first = try #require(rest.first, "no line with \(start)", sourceLocation: sourceLocation)
        let last = rest.dropFirst().first { $0.contains(end) }
        return try RFC3339.seconds(
            from: first.time, to: #require(last, "no line with \(end) behind it", sourceLocation: sourceLocation).time,
            sourceLocation: sourceLocation)
    }
}
