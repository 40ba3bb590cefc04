internal import ArgumentParser

extension ParsableCommand {
    /// Whether the command has one of that name under it.
    static func hasSubcommand(named name: String) -> Bool {
        configuration.subcommands.contains { $0.configuration.commandName == name }
    }
}
