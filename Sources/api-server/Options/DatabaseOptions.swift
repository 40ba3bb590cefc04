internal import ArgumentParser

/// Where the settings and the users are.
struct DatabaseOptions: ParsableArguments {
    @Option(help: .init("The SQLite database.", valueName: "path"), completion: .file())
    var database = "callbridge.sqlite"
}
