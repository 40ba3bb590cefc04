import BridgeEngine
import Foundation
import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// Fifty bridges in one process and one real Prosody: each is reconfigured at random, and none disturbs another.
@Suite struct ManyBridgesTests {
    private static let count = 50
    private static let changes = 20

    /// One of a bridge's two components.
    private static func name(_ bridge: Int, _ isSecond: Bool) -> String { "b\(bridge)\(isSecond ? "b" : "a")" }

    /// Settings at random: one of the bridge's names, through either port, now and then with a wrong secret, or none.
    private static func settings(
        _ bridge: Int, _ prosody: Prosody, _ random: inout SeededGenerator, isLast: Bool = false
    ) -> BridgeSettings {
        let name = name(bridge, .random(using: &random))
        let port = Bool.random(using: &random) ? prosody.port : prosody.mutualPort
        let kind = isLast ? 9 : Int.random(in: 0...9, using: &random)
        return BridgeSettings(
            uniqueName: name, domain: kind == 0 ? nil : "example.test",
            serverAddressOverride: ServerAddress("localhost:\(port)"),
            sharedSecret: Secret(kind == 1 ? "wrong" : Prosody.secret(name)))
    }

    /// Waits for a status, for two minutes at most.
    private static func wait(
        _ bridge: Bridge, _ group: any EventLoopGroup, until condition: (BridgeStatus) -> Bool
    ) async throws -> BridgeStatus {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let observation = bridge.observe { _ in continuation.yield() }
        let deadline = group.next().scheduleTask(in: .minutes(2)) { continuation.finish() }
        defer {
            observation.cancel()
            deadline.cancel()
        }
        continuation.yield()
        for await _ in changes where condition(bridge.status) { return bridge.status }
        Issue.record("the last status was \(bridge.status)")
        return bridge.status
    }

    @Test func `each ends in its last configuration`() async throws {
        let names = (0..<Self.count).flatMap { [Self.name($0, false), Self.name($0, true)] }
        let prosody = try Prosody(further: names)
        let pki = try TestPKI.shared()
        let files = pki.client(.callbridge)
        func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
        let material = try TLSMaterial(
            certificateChainPEM: bytes(files.certificate), privateKeyPEM: bytes(files.key),
            trustRootsPEM: bytes(pki.authority))
        let resolver = try AresResolver()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        // Two share a loop, the material and the resolver with twenty-three others.
        let bridges = (0..<Self.count).map { _ in
            Bridge(
                tls: material, resolver: resolver, eventLoop: group.next(),
                logger: Logger(label: "bridge") { _ in SwiftLogNoOpLogHandler() })
        }
        let ends = try await withThrowingTaskGroup(of: (Int, BridgeSettings, BridgeStatus).self) { tasks in
            for (number, bridge) in bridges.enumerated() {
                tasks.addTask {
                    var random = SeededGenerator(seed: UInt64(number))
                    for revision in 1...Self.changes {
                        bridge.apply(Self.settings(number, prosody, &random), revision: revision)
                        // Sometimes the attempt gets its time, sometimes it is cut off in the middle.
                        if Int.random(in: 0...2, using: &random) == 0 {
                            _ = try await Self.wait(bridge, group) { $0.state != .connecting }
                        }
                    }
                    let last = Self.settings(number, prosody, &random, isLast: true)
                    bridge.apply(last, revision: Self.changes + 1)
                    let status = try await Self.wait(bridge, group) { $0.state == .connected }
                    return (number, last, status)
                }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.count == Self.count)
        for (number, settings, status) in ends {
            #expect(status.revision == Self.changes + 1)
            #expect(status.jid == "\(settings.uniqueName ?? "").example.test", "bridge \(number)")
            #expect(status.server == settings.serverAddressOverride?.description)
            #expect(status.lastFailure == nil)
        }
        // Still so once all are there, in one look; and the server has each of them.
        #expect(bridges.allSatisfy { $0.status.state == .connected })
        let log = prosody.log.split(separator: "\n").filter { $0.contains("External component successfully") }
        for (_, settings, _) in ends {
            let jid = "\(settings.uniqueName ?? "").example.test"
            #expect(log.contains { $0.hasPrefix("\(jid):component") }, "\(jid)")
        }
        await withTaskGroup { tasks in
            for bridge in bridges { tasks.addTask { await bridge.stop() } }
        }
        resolver.shutdown()
        try await group.shutdownGracefully()
    }
}
