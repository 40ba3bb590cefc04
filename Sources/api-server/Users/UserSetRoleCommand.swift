internal import ArgumentParser
internal import ConfigAPI

/// `api-server user set-role`.
struct UserSetRoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-role", abstract: "Let a user do more or less.",
        discussion: "The last user with the role admin keeps it.")

    @Argument(help: "The user's name.")
    var name: String

    @Option(
        help: """
            What the user may do: admin and api read and write everything, readonly reads, login only checks the logins \
            of clients.
            """)
    var role: Role

    @OptionGroup var store: DatabaseOptions
    @OptionGroup var file: ConfigurationFileOptions

    func run() throws {
        try Store(path: store.database, mayCreate: false).setRole(role, ofUser: name)
    }
}
