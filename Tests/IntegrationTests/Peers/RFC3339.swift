import Foundation
import Testing

/// Times as `api-server` writes them in its status and in its log, such as `2026-11-23T04:20:11.532Z`.
enum RFC3339 {
    /// Seconds from one to the other.
    ///
    /// - Throws: when one is missing or is no such time.
    static func seconds(
        from start: String?, to end: String?, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Double {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let times = try [start, end].map { text in
            try format.parse(try #require(text, "no time", sourceLocation: sourceLocation))
        }
        return times[1].timeIntervalSince(times[0])
    }
}
