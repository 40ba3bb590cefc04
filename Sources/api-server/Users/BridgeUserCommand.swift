internal import ArgumentParser

/// `api-server bridge-user`: who may log in at the XMPP server through the bridge.
struct BridgeUserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bridge-user",
        abstract: "List and change the users of the Call Bridge, who log in at the XMPP server through it.",
        discussion: """
            They count with the login modes users and usersAndGuests. A server that runs on the same database sees a \
            change within a second. The users of the API are another list: api-server user.
            """,
        subcommands: [
            BridgeUserAddCommand.self, BridgeUserSetPasswordCommand.self, BridgeUserRemoveCommand.self,
            BridgeUserListCommand.self,
        ])

    static let jidHelp: ArgumentHelp = "What the user logs in with, as in alice@example.com; case does not count."
}
