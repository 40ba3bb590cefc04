internal import ArgumentParser
internal import ConfigAPI

/// `api-server bridge-user remove`.
struct BridgeUserRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "Remove a user.")

    @Argument(help: BridgeUserCommand.jidHelp)
    var userJid: String

    @OptionGroup var store: DatabaseOptions
    @OptionGroup var file: ConfigurationFileOptions

    func run() throws {
        let jid = try UserRules.normalized(userJid: userJid)
        try Store(path: store.database, mayCreate: false).removeBridgeUser(jid)
    }
}
