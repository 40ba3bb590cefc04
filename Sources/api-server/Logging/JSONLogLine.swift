internal import BridgeEngine
internal import ConfigAPI
internal import Logging

/// A log line for programs: one JSON object with `time`, `level`, `label`, `message` and `metadata`, which is an object
/// even when empty. Metadata keeps its nesting; its values are strings.
enum JSONLogLine {
    /// The line with its end.
    static func line(
        time: Timestamp, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata
    ) -> String {
        let fields = [
            ("time", time.rfc3339), ("level", level.rawValue), ("label", label), ("message", message),
        ].map { "\(LogText.quoted($0.0)):\(LogText.quoted($0.1))" }
        return "{\(fields.joined(separator: ",")),\(LogText.quoted("metadata")):\(object(metadata))}\n"
    }

    private static func object(_ metadata: Logger.Metadata) -> String {
        let fields = metadata.sorted { $0.key < $1.key }.map { "\(LogText.quoted($0.key)):\(value($0.value))" }
        return "{\(fields.joined(separator: ","))}"
    }

    private static func value(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): LogText.quoted(text)
        case .stringConvertible(let value): LogText.quoted(value.description)
        case .dictionary(let values): object(values)
        case .array(let values): "[\(values.map(Self.value).joined(separator: ","))]"
        }
    }
}
