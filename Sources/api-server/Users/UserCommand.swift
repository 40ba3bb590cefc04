internal import ArgumentParser

/// `api-server user`: who may use the API. A server that runs on the same database sees the changes within a second.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "List and change the users of the API.",
        discussion: "A server that runs on the same database sees a change within a second.",
        subcommands: [
            UserAddCommand.self, UserSetPasswordCommand.self, UserSetRoleCommand.self, UserRemoveCommand.self,
            UserListCommand.self,
        ])
}
