internal import Logging

/// Something that an administrator should know about a start that succeeds.
struct StartWarning: Sendable, Equatable {
    let message: String
    /// What the log shows beside the message.
    let details: [String: String]

    /// For the log.
    func log(to logger: Logger) {
        logger.warning("\(message)", metadata: details.mapValues { "\($0)" })
    }

    /// For commands that have no log.
    var line: String {
        let details = details.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return LogText.line("\(message): \(details.joined(separator: ", "))")
    }
}
