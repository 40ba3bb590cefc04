import Logging
import TestSupport

/// A log that keeps its lines: level, message, and the values beside it in the order of their keys.
struct NotedLog: LogHandler {
    let lines: WatchedValue<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    init(_ lines: WatchedValue<[String]>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let values = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        lines.update { $0.append("\(event.level) \(event.message)\(values)") }
    }
}
