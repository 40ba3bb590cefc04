internal import ArgumentParser
internal import BridgeEngine
internal import ConfigAPI
internal import Foundation

/// `api-server check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Try settings, and show step by step what comes of them.",
        discussion: """
            A running server tries them from its own place and with its own certificates; what is not named comes from \
            its configuration, and nothing is stored. With --local this program tries them itself, with the options for \
            the XMPP server below. The exit status is 0 where they would connect and 1 where they would not. \
            \(ClientOptions.variables)
            """)

    @Flag(help: "Try from here, without a running server.")
    var local = false

    @Flag(
        inversion: .prefixedNo,
        help: """
            Register as well, which throws out a connection of the same name on some servers. (default: with --local; \
            a running server does unless it is connected itself)
            """)
    var register: Bool?

    @Flag(help: "Print the report as JSON.")
    var json = false

    @OptionGroup(title: "Settings") var settings: SettingsOptions
    @OptionGroup(title: "Server") var server: ClientOptions
    @OptionGroup(title: "XMPP server, with --local") var xmpp: XMPPOptions
    @OptionGroup(title: "Time limits, with --local") var limits: TimeLimitOptions
    @OptionGroup(title: "Configuration file, with --local") var file: ConfigurationFileOptions

    func run() async throws {
        let body = try await local ? checkHere() : checkThere()
        guard let report = try? JSONDecoder().decode(CheckReport.self, from: Data(body)) else {
            throw StartError("The answer is no report of a check.")
        }
        StandardStream.output.write(json ? String(decoding: body, as: UTF8.self) + "\n" : report.text)
        if !report.isSuccess { throw ExitCode.failure }
    }

    /// By a running server.
    private func checkThere() async throws -> [UInt8] {
        try settings.check(passwordFile: server.passwordFile)
        if xmpp.isGiven || limits.isGiven || file.path != nil {
            throw ValidationError(
                """
                Options for the XMPP server, time limits and --config go together with --local; a running server has its \
                own.
                """)
        }
        let client = try server.client()
        let body = try SettingsOptions.json(settings.values, secret: settings.secret())
        return try await showingProgress { try client.check(body, registering: register) }
    }

    /// By this process.
    private func checkHere() async throws -> [UInt8] {
        try settings.check()
        try xmpp.check()
        if server.isGiven {
            throw ValidationError("With --local no server is asked: --url and what belongs to it are of no use.")
        }
        let settings = try settings.bridgeSettings(over: BridgeSettings())
        let check = LocalCheck(settings: settings, xmpp: xmpp, limits: limits)
        let registering = register ?? true
        let report = try await showingProgress { try await check.report(registering: registering) }
        return report.checkJSON(registering: registering)
    }

    /// Tells people on a terminal that it may take a while.
    private func showingProgress<Answer>(_ body: () async throws -> Answer) async rethrows -> Answer {
        let progress = ProgressLine()
        defer { progress?.clear() }
        progress?.show(Self.waiting)
        return try await body()
    }

    private static let waiting = "trying to connect…"
}
