internal import ArgumentParser
internal import ConfigAPI

/// `api-server user remove`.
struct UserRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a user.",
        discussion: "The last user with the role admin can't be removed.")

    @Argument(help: "The user's name.")
    var name: String

    @OptionGroup var store: DatabaseOptions
    @OptionGroup var file: ConfigurationFileOptions

    func run() throws {
        try Store(path: store.database, mayCreate: false).removeUser(name)
    }
}
