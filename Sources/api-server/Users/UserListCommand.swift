internal import ArgumentParser
internal import ConfigAPI

/// `api-server user list`.
struct UserListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the users with their roles, in the order of their names.")

    @OptionGroup var store: DatabaseOptions
    @OptionGroup var file: ConfigurationFileOptions

    func run() throws {
        let users = try Store(path: store.database, mayCreate: false).users()
        StandardStream.output.write(Self.table(users.map { ($0.name, $0.role.rawValue) }))
    }

    /// Two columns under a heading.
    static func table(_ rows: [(name: String, role: String)]) -> String {
        let rows = [("NAME", "ROLE")] + rows
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, role in
            "\(name)\(String(repeating: " ", count: width - name.count))  \(role)\n"
        }.joined()
    }
}
