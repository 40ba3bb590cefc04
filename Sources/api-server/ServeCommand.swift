internal import BridgeEngine
internal import ArgumentParser
internal import ConfigAPI
internal import Foundation
internal import Glibc
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// `api-server serve`: the API and the bridge.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the configuration API and keep the connection to the XMPP server.",
        discussion: """
            Each option can also be given as an environment variable: \(OptionVariables.prefix) and the option's name \
            in capitals with underscores, as in \(OptionVariables.variable(of: "log-level"))=debug. Options that may \
            be repeated take several values with commas between them, flags take true, false, 1, 0, yes or no; an \
            empty variable counts for nothing. What is given as an option goes before the variable.
            """)

    @OptionGroup(title: "API") var api: APIOptions
    @OptionGroup(title: "Limits for clients") var clients: LimitOptions
    @OptionGroup(title: "Database") var store: DatabaseOptions
    @OptionGroup(title: "First user") var firstUser: FirstUserOptions
    @OptionGroup(title: "XMPP server") var xmpp: XMPPOptions
    @OptionGroup(title: "Logins of clients") var logins: LoginOptions
    @OptionGroup(title: "Connection") var liveness: LivenessOptions
    @OptionGroup(title: "Time limits of a connection attempt") var limits: TimeLimitOptions
    @OptionGroup(title: "Log") var log: LogOptions

    func run() async throws {
        try api.check()
        try xmpp.check()
        _ = try logins.policy()
        // A peer that goes away in the middle of a write is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let (format, level) = (log.format, log.level)
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: format, logLevel: level) }
        let logger = Logger(label: "api-server")
        // From here on it means that files are to be read anew, and no longer the end.
        let hangUps = await UnixSignalsSequence(trapping: .sighup)
        let service = try CallBridgeService(self, hangUps: hangUps, logger: logger)
        let variables = OptionVariables.own(ProcessInfo.processInfo.environment)
        for (variable, nearest) in variables.isEmpty ? [] : try OptionVariables().unknown(in: variables) {
            logger.warning(
                "unknown environment variable",
                metadata: [LogKey.variable: "\(variable)", LogKey.nearest: "\(nearest)"])
        }
        var configuration = ServiceGroupConfiguration(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "lifecycle"))
        // Well above what a stop takes: whatever goes wrong, the process ends.
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        configuration.maximumCancellationDuration = .seconds(5)
        try await ServiceGroup(configuration: configuration).run()
    }
}
