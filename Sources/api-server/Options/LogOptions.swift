internal import ArgumentParser
internal import Logging

/// What is logged, and how it looks. The log goes to standard error.
struct LogOptions: ParsableArguments {
    @Option(
        name: .customLong("log-level"),
        help: .init("\(Self.levels). (default: \(Logger.Level.info))", valueName: "level"),
        completion: .list(Logger.Level.allCases.map(\.rawValue)), transform: level)
    var level: Logger.Level = .info

    @Option(
        name: .customLong("log-format"),
        help: .init("A readable line for each message, or a JSON object a line.", valueName: "format"))
    var format: LogFormat = .text

    private static let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")

    @Sendable private static func level(_ name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else { throw ValidationError("It is one of \(levels).") }
        return level
    }
}
