internal import BridgeEngine
internal import ConfigAPI
internal import Logging

/// A log line for people, that `grep` and `cut` can take apart too.
///
/// Values stand as they are, or in quotes where they are empty or hold blanks, quotes, backslashes, `=` or control
/// characters; those are then escaped. Nested metadata is written with dots, as in `tls.version=TLSv1.3`.
enum TextLogLine {
    /// The line with its end.
    static func line(
        time: Timestamp, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata
    ) -> String {
        var line = "\(time.rfc3339) \(level.rawValue) \(LogText.escaped(label)): \(LogText.escaped(message))"
        append(metadata, under: "", to: &line)
        return line + "\n"
    }

    private static func append(_ metadata: Logger.Metadata, under prefix: String, to line: inout String) {
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            append(value, prefix + LogText.escaped(key), to: &line)
        }
    }

    private static func append(_ value: Logger.MetadataValue, _ key: String, to line: inout String) {
        switch value {
        case .string(let text): line += " \(key)=\(quoted(text))"
        case .stringConvertible(let value): line += " \(key)=\(quoted(value.description))"
        case .dictionary(let values): append(values, under: key + ".", to: &line)
        case .array(let values):
            for (index, value) in values.enumerated() { append(value, "\(key).\(index)", to: &line) }
        }
    }

    private static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && !text.unicodeScalars.contains { scalar in
                LogText.isUnsafe(scalar) || scalar.properties.isWhitespace || "\"\\=".unicodeScalars.contains(scalar)
            }
        return isPlain ? text : LogText.quoted(text)
    }
}
