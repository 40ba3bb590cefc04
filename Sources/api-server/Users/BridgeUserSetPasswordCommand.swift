internal import ArgumentParser
internal import ConfigAPI

/// `api-server bridge-user set-password`.
struct BridgeUserSetPasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-password", abstract: "Give a user another password.")

    @Argument(help: BridgeUserCommand.jidHelp)
    var userJid: String

    @OptionGroup var password: PasswordOptions
    @OptionGroup var store: DatabaseOptions
    @OptionGroup var file: ConfigurationFileOptions

    func run() throws {
        let jid = try UserRules.normalized(userJid: userJid)
        let store = try Store(path: store.database, mayCreate: false)
        // Before anybody types a password in vain.
        guard try store.hasBridgeUser(jid) else { throw UserError.unknown(jid) }
        try store.setPassword(password.read(for: jid), ofBridgeUser: jid)
    }
}
