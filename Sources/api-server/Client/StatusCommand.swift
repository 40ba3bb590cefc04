internal import ArgumentParser

/// `api-server status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the connection of a running server, or wait for it.",
        discussion: """
            With --wait the exit status is 0 when the state was reached and 1 when it was not; without it, 0 whatever \
            the state is. What can't be done is one line on standard error and 1, without a state on standard output. \
            \(ClientOptions.variables)
            """)

    @Flag(help: "Print the server's own JSON.")
    var json = false

    @OptionGroup(title: "Waiting") var waiting: WaitOptions
    @OptionGroup(title: "Server") var server: ClientOptions

    func run() throws {
        try waiting.check()
        let client = try server.client()
        guard let goal = waiting.wait else { return show(try client.status()) }
        let (status, isReached) = try client.wait(for: goal.rawValue, seconds: waiting.limit)
        show(status)
        if !isReached { throw waiting.notReached(status.report) }
    }

    private func show(_ status: APIClient.Status) {
        StandardStream.output.write(status.text(asJSON: json))
    }
}
