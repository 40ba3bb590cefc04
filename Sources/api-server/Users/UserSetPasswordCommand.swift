internal import ArgumentParser
internal import ConfigAPI

/// `api-server user set-password`.
struct UserSetPasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-password", abstract: "Give a user another password.")

    @Argument(help: "The user's name.")
    var name: String

    @OptionGroup var password: PasswordOptions
    @OptionGroup var store: DatabaseOptions
    @OptionGroup var file: ConfigurationFileOptions

    func run() throws {
        let store = try Store(path: store.database, mayCreate: false)
        // Before anybody types a password in vain.
        guard try store.hasUser(name) else { throw UserError.unknown(name) }
        try store.setPassword(password.read(for: name), ofUser: name)
    }
}
