import BridgeEngine
import Dispatch
import GRDB
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import ConfigAPI

@Suite struct UserWatchTests {
    private let directory: ScratchDirectory
    private let path: String
    /// The server's connection.
    private let store: Store
    /// An administrator's command, as another process has it.
    private let command: Store
    private let changes = NIOLockedValueBox(0)
    private let bridgeChanges = NIOLockedValueBox(0)
    private let watch: UserWatch

    init() throws {
        directory = try ScratchDirectory()
        path = directory.file("store.sqlite")
        store = try Store(path: path)
        command = try Store(path: path)
        try store.addUser("admin", role: .admin, password: Secret("pw"))
        watch = try UserWatch(
            databasePath: path, onBridgeUserChange: { [bridgeChanges] in bridgeChanges.withLockedValue { $0 += 1 } },
            onChange: { [changes] in changes.withLockedValue { $0 += 1 } })
    }

    private var count: Int { changes.withLockedValue { $0 } }

    @Test func `each kind of change by somebody else is seen at the next look, once`() throws {
        watch.look()
        #expect(count == 0)
        let steps: [() throws -> Void] = [
            { try command.addUser("bob", role: .api, password: Secret("pw")) },
            { try command.setPassword(Secret("other"), ofUser: "bob") },
            { try command.setRole(.readonly, ofUser: "bob") },
            { try command.removeUser("bob") },
        ]
        for (index, step) in steps.enumerated() {
            try step()
            watch.look()
            #expect(count == index + 1)
            watch.look()
            #expect(count == index + 1)
        }
        #expect(bridgeChanges.withLockedValue { $0 } == 0)
    }

    @Test func `who comes and goes between two looks, and a role that does, are changes`() throws {
        try command.addUser("bob", role: .readonly, password: Secret("pw"))
        watch.look()
        try command.addUser("eve", role: .api, password: Secret("pw"))
        try command.removeUser("eve")
        watch.look()
        #expect(count == 2)
        try command.setRole(.admin, ofUser: "bob")
        try command.setRole(.readonly, ofUser: "bob")
        watch.look()
        #expect(count == 3)
        watch.look()
        #expect(count == 3)
    }

    @Test
    func `each change of who may log in is seen at the next look, once, and is none of the API's`() throws {
        let bob = "bob@example.test"
        let steps: [() throws -> Void] = [
            { try command.setPassword(Secret("other"), ofBridgeUser: bob) },
            {
                _ = try command.changeBridgeUser(
                    .userJid(#require(UserJID(bob))), BridgeUserChange(userJid: UserJID("b@example.test"), name: "B"))
            },
            { try command.removeBridgeUser("b@example.test") },
        ]
        try command.addBridgeUser(bob, password: Secret("pw"))
        watch.look()
        #expect(bridgeChanges.withLockedValue { $0 } == 0)
        for (index, step) in steps.enumerated() {
            try step()
            for _ in 0..<2 {
                watch.look()
                #expect(bridgeChanges.withLockedValue { $0 } == index + 1)
            }
        }
        #expect(count == 0)
    }

    @Test func `what can't be read may have changed`() throws {
        try command.database.write { try $0.execute(sql: "ALTER TABLE bridgeUsers RENAME TO gone") }
        watch.look()
        #expect(count == 1)
        #expect(bridgeChanges.withLockedValue { $0 } == 1)
    }

    @Test func `a change of the configuration is none of the users`() async throws {
        for name in ["cb1", "cb2"] {
            var change = ConfigurationChange()
            change.uniqueName = .set(name)
            await withCheckedContinuation { continuation in
                store.change(change) { _ in continuation.resume() }
            }
            watch.look()
        }
        #expect(store.configuration.revision == 2)
        #expect(count == 0)
    }

    @Test func `it looks by itself`() throws {
        let seen = DispatchSemaphore(value: 0)
        let watch = try UserWatch(databasePath: path) { seen.signal() }
        watch.start()
        try command.addUser("bob", role: .api, password: Secret("pw"))
        #expect(seen.wait(timeout: .now() + 10) == .success)
        watch.stop()
    }

    @Test func `a server passes on what other processes do`() async throws {
        let told = WatchedValue(0)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bridge = Bridge(
            tls: try TLSMaterial(certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: nil),
            resolver: StubResolver(), eventLoop: group.next(), logger: HTTPTestServer.logger)
        let logins = LoginSettings(store: store)
        let server = try APIServer(
            store: store, bridge: bridge, logins: logins,
            gate: try LoginGate(store: store, settings: logins, logger: HTTPTestServer.logger),
            listeners: [.init(try ListeningSocket.bind(host: "127.0.0.1", port: 0))], version: "test", threads: 1,
            logger: HTTPTestServer.logger)
        store.onBridgeUserChange { told.update { $0 += 1 } }
        try server.start()
        try command.addBridgeUser("bob@example.test", password: Secret("pw"))
        try command.removeBridgeUser("bob@example.test")
        #expect(try await told.wait { $0 > 0 } == 1)
        await server.stop(within: .seconds(5))
        await bridge.stop()
        await server.finish()
        try await group.shutdownGracefully()
    }

    @Test func `a database without users can't be watched`() throws {
        let error = try #require(throws: StoreError.self) {
            try UserWatch(databasePath: directory.write("", to: "empty.sqlite")) {}
        }
        #expect(error.description.contains("no such table"))
    }
}
