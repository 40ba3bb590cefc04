internal import ArgumentParser
internal import ConfigAPI
internal import Foundation

/// `api-server user add`.
struct UserAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a user. The database is made where there is none.")

    @Argument(help: "The new user's name: 1 to \(UserRules.longestName) bytes without a colon.")
    var name: String

    @Option(
        help: """
            What the user may do: admin and api read and write everything, readonly reads, login only checks the logins \
            of clients.
            """)
    var role: Role = .api

    @OptionGroup var password: PasswordOptions
    @OptionGroup var store: DatabaseOptions
    @OptionGroup var file: ConfigurationFileOptions

    func run() throws {
        try UserRules.check(name: name)
        // Before anybody types a password in vain; and no database is made before there is one.
        if FileManager.default.fileExists(atPath: store.database),
            try Store(path: store.database, mayCreate: false).hasUser(name)
        {
            throw UserError.exists(name)
        }
        let password = try password.read(for: name)
        try Store(path: store.database).addUser(name, role: role, password: password)
    }
}
