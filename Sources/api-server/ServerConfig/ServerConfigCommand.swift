internal import ArgumentParser
internal import BridgeEngine
internal import ConfigAPI

/// `api-server server-config`.
struct ServerConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server-config", abstract: "Print the configuration of the XMPP server for a Call Bridge.",
        discussion: """
            The output is a file that the XMPP server's own configuration includes: the component, and the TLS port. The \
            DNS record to publish is in its comments. It holds the shared secret, which nothing else shows: write it to \
            a file that the XMPP server alone may read.
            """)

    @Argument(help: "The XMPP server.")
    var kind: PeerKind

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    @Option(
        help: .init(
            "Take what is not given from this SQLite database; a server may run on it. (default: from none)",
            valueName: "path"), completion: .file())
    var database: String?

    @OptionGroup(title: "On the XMPP server") var peer: PeerOptions

    func run() throws {
        try settings.check()
        let stored = try database.map { try Store.settings(at: $0) } ?? BridgeSettings()
        let settings = try settings.bridgeSettings(over: stored)
        StandardStream.output.write(kind.text(of: try peer.configuration(for: settings, at: kind)))
    }
}
