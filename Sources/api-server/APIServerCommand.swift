internal import ArgumentParser
internal import Foundation
internal import Glibc

/// `api-server`: the Call Bridge as a process.
@main
struct APIServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-server",
        abstract: "A Call Bridge: registers with an XMPP server, and is configured over HTTP.",
        version: Version.text,
        subcommands: [
            ServeCommand.self, StatusCommand.self, ConfigureCommand.self, CheckCommand.self, ServerConfigCommand.self,
            UserCommand.self, BridgeUserCommand.self, BackupCommand.self, ConfigCommand.self,
        ], defaultSubcommand: nil)

    /// Runs the command that the command line, the environment and the configuration file ask for.
    ///
    /// Whatever goes wrong is one line on standard error, `api-server: …`, and an exit status other than 0: 64 for what
    /// was asked for wrongly (`EX_USAGE`), 1 for what can't be done.
    static func main() async {
        do {
            let environment = ProcessInfo.processInfo.environment
            let arguments = try OptionSources(environment: environment)
                .adding(to: Array(CommandLine.arguments.dropFirst()))
            var command = try await asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            // Help and version, which go to standard output.
            if code.isSuccess { exit(withError: error) }
            let line = LogText.line(message(for: error))
            // A command may have said all that there is to say already.
            if !line.isEmpty { StandardStream.error.write("api-server: \(line)\n") }
            Glibc.exit(code.rawValue)
        }
    }
}
