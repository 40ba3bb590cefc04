internal import ArgumentParser

/// `api-server config`: what `serve` would run with.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show what the server would run with.", subcommands: [ConfigShowCommand.self])
}
