internal import BridgeEngine
internal import Logging

/// How a log line looks.
enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-11-23T18:59:06.596Z notice api: message key=value …`
    case text
    /// `{"time":"2026-11-23T18:59:06.596Z","level":"notice","label":"api","message":"…","metadata":{"key":"value"}}`
    case json

    /// One line, with its end.
    func line(
        time: Timestamp, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata
    ) -> String {
        switch self {
        case .text: TextLogLine.line(time: time, level: level, label: label, message: message, metadata: metadata)
        case .json: JSONLogLine.line(time: time, level: level, label: label, message: message, metadata: metadata)
        }
    }
}
