import BridgeEngine
import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Very many bridges in one process, for run.py beside this file.
///
/// usage: many-bridges PORT CA.pem CERTIFICATE.pem KEY.pem
///
/// Each line on standard input is a number: so many bridges there are to be. Once all of them are connected that is said
/// on standard output. All have one event loop, one resolver and one TLS material.
@main
enum ManyBridges {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 4, let port = UInt16(arguments[1]),
            let server = ServerAddress("localhost:\(port)")
        else { exit(2) }
        let tls = try TLSMaterial(
            certificateChainPEM: Array(FileManager.default.contents(atPath: arguments[3]) ?? Data()),
            privateKeyPEM: Array(FileManager.default.contents(atPath: arguments[4]) ?? Data()),
            trustRootsPEM: Array(FileManager.default.contents(atPath: arguments[2]) ?? Data()))
        let resolver = try AresResolver(servers: [], timeout: .seconds(6))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let logger = Logger(label: "bridges") { _ in SwiftLogNoOpLogHandler() }
        let connected = NIOLockedValueBox<Set<Int>>([])
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        var bridges: [(bridge: Bridge, observation: StatusObservation)] = []
        while let line = readLine(), let wanted = Int(line) {
            for number in bridges.count..<max(bridges.count, wanted) {
                let bridge = Bridge(tls: tls, resolver: resolver, eventLoop: group.next(), logger: logger)
                let observation = bridge.observe { status in
                    connected.withLockedValue {
                        if status.state == .connected { $0.insert(number) } else { $0.remove(number) }
                    }
                    continuation.yield()
                }
                bridges.append((bridge, observation))
                bridge.apply(
                    BridgeSettings(
                        uniqueName: "cb\(number)", domain: "example.test", serverAddressOverride: server,
                        sharedSecret: Secret("bench")), revision: 1)
            }
            // They may all be there already.
            continuation.yield()
            for await _ in changes where connected.withLockedValue(\.count) == bridges.count { break }
            print("connected \(bridges.count)")
            fflush(nil)
        }
        for (bridge, observation) in bridges {
            observation.cancel()
            await bridge.stop()
        }
        resolver.shutdown()
        try await group.shutdownGracefully()
    }
}
