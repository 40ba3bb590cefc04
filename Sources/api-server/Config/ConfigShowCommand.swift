internal import ArgumentParser
internal import Foundation

/// `api-server config show`.
struct ConfigShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show each option's value, and where it comes from.",
        discussion: """
            It takes the options of serve, reads the environment and the configuration file as serve does, and refuses \
            what serve would refuse. Files that options name are not looked at. Variables \
            that only the service has, by its unit, are not seen from a shell.
            """)

    @Flag(help: "Print the options as JSON.")
    var json = false

    @OptionGroup var options: ServeOptions

    func run() throws {
        let arguments = Array(CommandLine.arguments.drop { $0 != Self.configuration.commandName }.dropFirst())
        let sources = OptionSources(environment: ProcessInfo.processInfo.environment)
        let report = ConfigReport(try sources.effective(for: arguments), unknown: try sources.unknownVariables)
        // What does not go together is said after it was shown where it comes from.
        StandardStream.output.write(json ? try report.json : report.text)
        try options.check()
    }
}
