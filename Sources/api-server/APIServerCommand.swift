internal import ArgumentParser

/// `api-server`: the Call Bridge as a process.
@main
struct APIServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-server",
        abstract: "A Call Bridge: registers with an XMPP server, and is configured over HTTP.",
        version: Version.text,
        subcommands: [ServeCommand.self], defaultSubcommand: nil)
}
