internal import ArgumentParser

/// The first user of a new database.
struct FirstUserOptions: ParsableArguments {
    @Option(
        name: .customLong("admin-password-file"),
        help: .init(
            """
            The password of the first user, \(FirstUser.name), is in this file; a final newline does not count. Used \
            only while there is no user. (default: a random one, printed once)
            """,
            valueName: "file"), completion: .file())
    var passwordFile: String?
}
