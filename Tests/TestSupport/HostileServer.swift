public import NIOCore
internal import NIOConcurrencyHelpers
internal import NIOPosix

/// A server on 127.0.0.1 that does by script what no decent one does, and keeps a journal of what came back.
///
/// ```swift
/// let server = try await HostileServer.start(tls, [[.startTLS, .waitFor(">"), .say("<!DOCTYPE a>")]], then: polite)
/// let visits = try await server.visits.wait { $0.first?.hasEnded == true }
/// ```
///
/// A script that is over leaves the connection open, and reads on.
public final class HostileServer: Sendable {
    /// The port on 127.0.0.1.
    public let port: UInt16
    /// The connections so far, in the order in which they came.
    public let visits: WatchedValue<[HostileVisit]>
    private let channel: any Channel
    private let plan: NIOLockedValueBox<Plan>

    private struct Plan {
        var scripts: ArraySlice<[HostileAction]>
        var later: [HostileAction]

        mutating func next() -> [HostileAction] { scripts.popFirst() ?? later }
    }

    /// Starts it.
    ///
    /// - Parameters:
    ///   - scripts: one for each connection, in the order in which they come.
    ///   - later: for all connections after those.
    public static func start(
        _ tls: TLSTestServer, _ scripts: [[HostileAction]] = [], then later: [HostileAction],
        group: any EventLoopGroup
    ) async throws -> HostileServer {
        let visits = WatchedValue<[HostileVisit]>([])
        let plan = NIOLockedValueBox(Plan(scripts: scripts[...], later: later))
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = visits.update { visits in
                        visits.append(HostileVisit())
                        return visits.count - 1
                    }
                    let wire = HostileWire()
                    let peer = HostilePeer(
                        script: plan.withLockedValue { $0.next() }, tls: tls, wire: wire
                    ) { change in visits.update { change(&$0[number]) } }
                    try channel.pipeline.syncOperations.addHandlers([wire, peer])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return HostileServer(channel, visits, plan)
    }

    private init(_ channel: any Channel, _ visits: WatchedValue<[HostileVisit]>, _ plan: NIOLockedValueBox<Plan>) {
        self.channel = channel
        self.visits = visits
        self.plan = plan
        port = UInt16(channel.localAddress?.port ?? 0)
    }

    /// Treats all further connections in this way.
    public func play(_ script: [HostileAction]) {
        plan.withLockedValue { $0 = Plan(scripts: [], later: script) }
    }

    /// Takes no more connections.
    public func stop() async throws {
        try await channel.close().get()
    }
}
