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
            empty variable counts for nothing. The configuration file has the options by their names, as in \
            log-level: debug; those that may be repeated take a list. An option goes before its variable, and both go \
            before the file. api-server config show tells what counts.
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        try options.check()
        // A peer that goes away in the middle of a write is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let (format, level) = (options.log.format, options.log.level)
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: format, logLevel: level) }
        let logger = Logger(label: "api-server")
        // From here on it means that files are to be read anew, and no longer the end.
        let hangUps = await UnixSignalsSequence(trapping: .sighup)
        let service = try CallBridgeService(options, hangUps: hangUps, logger: logger)
        let sources = OptionSources(environment: ProcessInfo.processInfo.environment)
        for (variable, nearest) in try sources.unknownVariables {
            var metadata: Logger.Metadata = [LogKey.variable: "\(variable)"]
            if let nearest { metadata[LogKey.nearest] = "\(nearest)" }
            logger.warning("unknown environment variable", metadata: metadata)
        }
        var configuration = ServiceGroupConfiguration(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "lifecycle"))
        // Well above what a stop takes: whatever goes wrong, the process ends.
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        configuration.maximumCancellationDuration = .seconds(5)
        try await ServiceGroup(configuration: configuration).run()
    }
}
