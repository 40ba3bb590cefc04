internal import BridgeEngine
internal import Logging
internal import NIOCore
internal import NIOPosix

/// A check from this machine, without a server.
struct LocalCheck {
    let settings: BridgeSettings
    let xmpp: XMPPOptions
    let limits: TimeLimitOptions

    /// Runs one attempt with the code that a server connects with.
    /// - Throws: `StartError` for files that can't be used, `Bridge.CheckError`.
    func report(registering: Bool) async throws -> AttemptReport {
        let material = try XMPPMaterial(xmpp)
        if let warning = material.warning { StandardStream.error.write("api-server: warning: \(warning.line)\n") }
        // The attempt has a limit of its own for each look-up; the resolver's is behind it.
        let resolver = try AresResolver(servers: xmpp.dnsServers, timeout: limits.dns + .seconds(1))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var options = BridgeOptions()
        options.limits = limits.stepLimits
        options.software.version = Version.text
        let bridge = Bridge(
            options: options, tls: material.tls, resolver: resolver, eventLoop: group.next(),
            logger: Logger(label: "xmpp") { _ in SwiftLogNoOpLogHandler() })
        let result: Result<AttemptReport, any Error>
        do {
            result = .success(try await bridge.check(settings, registering: registering))
        } catch {
            result = .failure(error)
        }
        await bridge.stop()
        resolver.shutdown()
        try await group.shutdownGracefully()
        return try result.get()
    }
}
