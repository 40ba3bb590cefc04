internal import ArgumentParser
internal import ConfigAPI
internal import Foundation

/// `api-server bridge-user add`.
struct BridgeUserAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a user. The database is made where there is none.")

    @Argument(help: BridgeUserCommand.jidHelp)
    var userJid: String

    @Option(help: "The user's name for people to read, of at most \(UserRules.longestName) bytes.")
    var name = ""

    @OptionGroup var password: PasswordOptions
    @OptionGroup var store: DatabaseOptions
    @OptionGroup var file: ConfigurationFileOptions

    func run() throws {
        let jid = try UserRules.normalized(userJid: userJid)
        try UserRules.check(displayName: name)
        // Before anybody types a password in vain; and no database is made before there is one.
        if FileManager.default.fileExists(atPath: store.database),
            try Store(path: store.database, mayCreate: false).hasBridgeUser(jid)
        {
            throw UserError.exists(jid)
        }
        let password = try password.read(for: jid)
        try Store(path: store.database).addBridgeUser(jid, name: name, password: password)
    }
}
