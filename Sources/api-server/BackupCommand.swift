internal import ArgumentParser
internal import ConfigAPI

/// `api-server backup`.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the database to a file, also while a server runs on it.",
        discussion: """
            The file holds the shared secret and the hashes of passwords; only its owner may read it. docs/backup.md tells \
            how it is put back. A certificate that the server has made for itself is not in it.
            """)

    @Argument(help: "The backup, which must not be there yet.", completion: .file())
    var file: String

    @OptionGroup var store: DatabaseOptions
    @OptionGroup var configuration: ConfigurationFileOptions

    func run() throws {
        try Store.backUp(store.database, to: file)
    }
}
