internal import ArgumentParser
internal import BridgeEngine

/// `api-server configure`.
struct ConfigureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configure", abstract: "Change the settings of a running server.",
        discussion: """
            What is not named keeps its value, an empty value clears it; all of it is taken, or nothing. With --wait the \
            exit status is 0 when the state was reached with these settings, or later ones, and 1 when it was not; \
            connected is given up at once where something is missing. What fails after the change was stored names its \
            revision. \(ClientOptions.variables)
            """)

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    @Flag(help: "Remove the shared secret.")
    var clearSharedSecret = false

    @Option(
        help: .init(
            "Change nothing unless the configuration has this revision. (default: whichever it has)",
            valueName: "number"))
    var ifRevision: Int?

    @Flag(help: "Print JSON: the server's state with --wait, or else the revision.")
    var json = false

    @OptionGroup(title: "Waiting") var waiting: WaitOptions
    @OptionGroup(title: "Server") var server: ClientOptions

    func run() throws {
        try waiting.check()
        try settings.check(passwordFile: server.passwordFile)
        if clearSharedSecret, settings.sharedSecretFile != nil || settings.askSharedSecret {
            throw ValidationError("--clear-shared-secret does not go together with a shared secret.")
        }
        guard settings.isGiven || clearSharedSecret else {
            throw ValidationError("There is nothing to change: give one of the settings, such as --domain.")
        }
        let client = try server.client()
        let secret = clearSharedSecret ? Secret("") : try settings.secret()
        let body = try SettingsOptions.json(settings.values, secret: secret)
        let revision = try client.configure(body, ifRevision: ifRevision)
        guard let goal = waiting.wait else {
            return StandardStream.output.write(json ? "{\"revision\":\(revision)}\n" : "Revision: \(revision)\n")
        }
        do throws(StartError) {
            // Nobody but this user is expected to add what is missing.
            let states = goal == .connected ? "connected,notConfigured" : goal.rawValue
            let (status, isReached) = try client.wait(for: states, revision: revision, seconds: waiting.limit)
            StandardStream.output.write(status.text(asJSON: json))
            if !isReached { throw waiting.notReached(status.report) }
            if goal == .connected, status.report.state == "notConfigured" {
                let missing = status.report.missing ?? []
                throw StartError(
                    "It can't connect: \(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing."
                )
            }
        } catch {
            // Otherwise nobody knows whether to say it again.
            throw StartError("The change is stored as revision \(revision). \(error)")
        }
    }
}
