internal import BridgeEngine
internal import Logging

/// Writes the log to standard error, a line for each message.
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, format: LogFormat, logLevel: Logger.Level) {
        self.label = label
        self.format = format
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        StandardStream.error.write(line(for: event, at: .now()))
    }

    /// What is written for a message.
    func line(for event: LogEvent, at time: Timestamp) -> String {
        // What is nearer to the message goes first.
        var metadata = metadata
        if let provided = metadataProvider?.get() { metadata.merge(provided) { $1 } }
        if let own = event.metadata { metadata.merge(own) { $1 } }
        if let error = event.error, metadata[LogKey.error] == nil { metadata[LogKey.error] = "\(error)" }
        return format.line(
            time: time, level: event.level, label: label, message: event.message.description, metadata: metadata)
    }
}
