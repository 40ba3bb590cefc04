internal import ArgumentParser
internal import ConfigAPI

/// `api-server bridge-user list`.
struct BridgeUserListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the users with their names, in the order of their JIDs.")

    @OptionGroup var store: DatabaseOptions
    @OptionGroup var file: ConfigurationFileOptions

    func run() throws {
        var table = TextTable(heading: ["JID", "NAME"])
        for user in try Store(path: store.database, mayCreate: false).bridgeUsers() {
            table.add([user.userJid, user.name])
        }
        StandardStream.output.write(table.text)
    }
}
