import TestSupport
import Testing

@testable import BridgeEngine

@Suite struct BridgeMachineTests {
    private static let complete = BridgeSettings(uniqueName: "cb1", domain: "example.test", sharedSecret: Secret("one"))
    private static let otherSecret = BridgeSettings(
        uniqueName: "cb1", domain: "example.test", sharedSecret: Secret("two"))
    private static let incomplete = BridgeSettings(uniqueName: "cb1", domain: "example.test")
    private static let session = TLSSessionInfo(
        version: "TLSv1.3", cipher: "x", mutual: true, resumed: false, peer: nil)
    private static let refused = BridgeFailure(.registration, .notAuthorized, condition: "not-authorized", "no")
    private static let unreachable = BridgeFailure(.tcpConnect, .connectionRefused, "no")
    private static let lost = BridgeFailure(.connected, .connectionLost, "gone")

    private func link(_ number: UInt64) -> LinkID { LinkID(number: number) }

    private func account(_ settings: BridgeSettings) throws -> ComponentAccount { try #require(settings.account) }

    /// A machine whose link 0 is connected with `complete`, revision 1.
    private func connectedMachine() throws -> BridgeMachine {
        var machine = BridgeMachine()
        #expect(machine.handle(.apply(Self.complete, revision: 1)) == [.start(link(0), try account(Self.complete))])
        #expect(machine.handle(.connected(link(0), Self.session)) == [.startStableTimer])
        #expect(machine.view.state == .connected)
        return machine
    }

    @Test func `incomplete settings cause no traffic`() {
        var machine = BridgeMachine()
        #expect(machine.handle(.apply(Self.incomplete, revision: 1)).isEmpty)
        #expect(machine.view.state == .notConfigured)
        #expect(machine.view.settings.missing == [.sharedSecret])
        #expect(machine.view.revision == 1)
    }

    @Test func `the same settings again change the revision alone`() throws {
        var machine = try connectedMachine()
        #expect(machine.handle(.apply(Self.complete, revision: 2)).isEmpty)
        #expect(machine.view.state == .connected)
        #expect(machine.view.revision == 2)
    }

    @Test func `a link is the connection until it is to end`() throws {
        var machine = try connectedMachine()
        #expect(machine.isConnected(link(0)))
        #expect(!machine.isConnected(link(1)))
        _ = machine.handle(.apply(Self.otherSecret, revision: 2))
        #expect(!machine.isConnected(link(0)))
        _ = machine.handle(.ended(link(0)))
        #expect(!machine.isConnected(link(1)))
        _ = machine.handle(.connected(link(1), Self.session))
        #expect(machine.isConnected(link(1)) && !machine.isConnected(link(0)))
        _ = machine.handle(.stop)
        #expect(!machine.isConnected(link(1)))
    }

    @Test func `a changed secret alone ends the link before a new one starts`() throws {
        var machine = try connectedMachine()
        #expect(machine.handle(.apply(Self.otherSecret, revision: 2)) == [.cancelStableTimer, .end(link(0))])
        #expect(machine.view.state == .connecting)
        #expect(machine.view.revision == 2)
        #expect(machine.handle(.ended(link(0))) == [.start(link(1), try account(Self.otherSecret))])
    }

    @Test func `a wish for a new connection ends the one that is up, and starts the next at once`() throws {
        var machine = try connectedMachine()
        let generation = machine.view.generation
        #expect(machine.handle(.reconnect) == [.cancelStableTimer, .end(link(0))])
        #expect(machine.view.state == .connecting)
        #expect(machine.view.revision == 1)
        #expect(machine.view.generation == generation + 1)
        #expect(machine.handle(.reconnect).isEmpty)
        #expect(machine.handle(.ended(link(0))) == [.start(link(1), try account(Self.complete))])
    }

    @Test func `a wish for a new connection ends a wait, with the count and the failure cleared`() throws {
        var machine = BridgeMachine()
        _ = machine.handle(.apply(Self.complete, revision: 1))
        _ = machine.handle(.failed(link(0), Self.refused))
        #expect(machine.handle(.reconnect) == [.cancelRetryTimer, .start(link(1), try account(Self.complete))])
        #expect(machine.view.lastFailure == nil)
        #expect(machine.view.attempts == 1)
        #expect(machine.handle(.failed(link(1), Self.refused)) == [.startRetryTimer(.seconds(15) ... .seconds(30))])
    }

    @Test func `a wish for a new connection starts nothing where there is nothing to connect`() {
        var machine = BridgeMachine()
        #expect(machine.handle(.reconnect).isEmpty)
        _ = machine.handle(.apply(Self.incomplete, revision: 1))
        let view = machine.view
        #expect(machine.handle(.reconnect).isEmpty)
        #expect(machine.view == view)
        #expect(machine.handle(.stop) == [.stopped])
        #expect(machine.handle(.reconnect).isEmpty)
        #expect(machine.view.state == .stopped)
    }

    @Test func `new certificates leave a connection alone and end a wait`() throws {
        var machine = try connectedMachine()
        #expect(machine.handle(.materialChanged).isEmpty)
        #expect(machine.view.state == .connected)
        // The loss has nothing to do with them.
        let actions = machine.handle(.failed(link(0), Self.lost))
        #expect(actions == [.cancelStableTimer, .startRetryTimer(.zero ... .seconds(1))])
        #expect(machine.handle(.materialChanged) == [.cancelRetryTimer, .start(link(1), try account(Self.complete))])
        // This attempt has them already.
        #expect(
            machine.handle(.failed(link(1), Self.unreachable)) == [.startRetryTimer(.seconds(1) ... .seconds(2))])
    }

    @Test func `an attempt under way when new certificates come is followed by the next one at once`() throws {
        var machine = BridgeMachine()
        _ = machine.handle(.apply(Self.complete, revision: 1))
        #expect(machine.handle(.materialChanged).isEmpty)
        #expect(machine.handle(.failed(link(0), Self.refused)) == [.startRetryTimer(.zero ... .zero)])
        #expect(machine.handle(.retryDue) == [.start(link(1), try account(Self.complete))])
        #expect(machine.handle(.failed(link(1), Self.refused)) == [.startRetryTimer(.seconds(30) ... .seconds(60))])
    }

    @Test func `new certificates start nothing where there is nothing to connect`() throws {
        var machine = BridgeMachine()
        #expect(machine.handle(.materialChanged).isEmpty)
        _ = machine.handle(.apply(Self.incomplete, revision: 1))
        #expect(machine.handle(.materialChanged).isEmpty)
        #expect(machine.view.state == .notConfigured)
    }

    @Test func `ten changes while the old link ends lead to one link with the last settings`() throws {
        var machine = try connectedMachine()
        _ = machine.handle(.apply(Self.otherSecret, revision: 2))
        for revision in 3...12 {
            let settings = BridgeSettings(
                uniqueName: "cb\(revision)", domain: "example.test", sharedSecret: Secret("s"))
            #expect(machine.handle(.apply(settings, revision: revision)).isEmpty)
        }
        let last = BridgeSettings(uniqueName: "cb12", domain: "example.test", sharedSecret: Secret("s"))
        #expect(machine.handle(.ended(link(0))) == [.start(link(1), try account(last))])
    }

    @Test func `settings that come back while the link ends start it anew`() throws {
        var machine = try connectedMachine()
        _ = machine.handle(.apply(Self.otherSecret, revision: 2))
        #expect(machine.handle(.apply(Self.complete, revision: 3)).isEmpty)
        #expect(machine.view.state == .connecting)
        #expect(machine.handle(.ended(link(0))) == [.start(link(1), try account(Self.complete))])
    }

    @Test func `clearing a needed field closes the link and stays quiet`() throws {
        var machine = try connectedMachine()
        #expect(machine.handle(.apply(Self.incomplete, revision: 2)) == [.cancelStableTimer, .end(link(0))])
        #expect(machine.view.state == .notConfigured)
        #expect(machine.handle(.ended(link(0))).isEmpty)
        #expect(machine.view.state == .notConfigured)
    }

    @Test func `a failed attempt waits and then tries again`() throws {
        var machine = BridgeMachine()
        _ = machine.handle(.apply(Self.complete, revision: 1))
        #expect(
            machine.handle(.failed(link(0), Self.unreachable)) == [.startRetryTimer(.milliseconds(500) ... .seconds(1))]
        )
        #expect(machine.view.state == .waiting)
        #expect(machine.view.lastFailure == Self.unreachable)
        #expect(machine.view.attempts == 1)
        #expect(machine.handle(.retryDue) == [.start(link(1), try account(Self.complete))])
        #expect(machine.view.attempts == 2)
    }

    @Test func `a change while waiting starts at once, with the count and the failure cleared`() throws {
        var machine = BridgeMachine()
        _ = machine.handle(.apply(Self.complete, revision: 1))
        _ = machine.handle(.failed(link(0), Self.refused))
        let actions = machine.handle(.apply(Self.otherSecret, revision: 2))
        #expect(actions == [.cancelRetryTimer, .start(link(1), try account(Self.otherSecret))])
        #expect(machine.view.lastFailure == nil)
        #expect(machine.view.attempts == 1)
    }

    @Test func `a connection keeps the last failure`() throws {
        var machine = BridgeMachine()
        _ = machine.handle(.apply(Self.complete, revision: 1))
        _ = machine.handle(.failed(link(0), Self.unreachable))
        _ = machine.handle(.retryDue)
        _ = machine.handle(.connected(link(1), Self.session))
        #expect(machine.view.lastFailure == Self.unreachable)
        #expect(machine.view.attempts == 0)
    }

    @Test func `the count of retries starts anew only after a stable connection`() throws {
        var machine = try connectedMachine()
        #expect(
            machine.handle(.failed(link(0), Self.lost)) == [
                .cancelStableTimer, .startRetryTimer(.zero ... .seconds(1)),
            ])
        _ = machine.handle(.retryDue)
        _ = machine.handle(.connected(link(1), Self.session))
        #expect(
            machine.handle(.failed(link(1), Self.lost)) == [
                .cancelStableTimer, .startRetryTimer(.seconds(1) ... .seconds(2)),
            ])
        _ = machine.handle(.retryDue)
        _ = machine.handle(.connected(link(2), Self.session))
        _ = machine.handle(.stable)
        #expect(
            machine.handle(.failed(link(2), Self.lost)) == [
                .cancelStableTimer, .startRetryTimer(.zero ... .seconds(1)),
            ])
    }

    @Test func `a link that fails while it is being closed has ended`() throws {
        var machine = try connectedMachine()
        _ = machine.handle(.apply(Self.otherSecret, revision: 2))
        #expect(machine.handle(.failed(link(0), Self.lost)) == [.start(link(1), try account(Self.otherSecret))])
        #expect(machine.view.lastFailure == nil)
    }

    @Test func `news of a link that is not the current one is ignored`() throws {
        var machine = try connectedMachine()
        _ = machine.handle(.apply(Self.otherSecret, revision: 2))
        _ = machine.handle(.ended(link(0)))
        let view = machine.view
        #expect(machine.handle(.connected(link(0), Self.session)).isEmpty)
        #expect(machine.handle(.failed(link(0), Self.lost)).isEmpty)
        #expect(machine.handle(.ended(link(0))).isEmpty)
        #expect(machine.view == view)
    }

    @Test func `stop closes the link and then reports`() throws {
        var machine = try connectedMachine()
        #expect(machine.handle(.stop) == [.cancelStableTimer, .end(link(0))])
        #expect(machine.view.state == .stopped)
        #expect(machine.handle(.ended(link(0))) == [.stopped])
        #expect(machine.handle(.apply(Self.otherSecret, revision: 9)).isEmpty)
        #expect(machine.view.state == .stopped)
        #expect(machine.handle(.stop) == [.stopped])
    }

    @Test func `stop while waiting or idle ends at once`() {
        var idle = BridgeMachine()
        #expect(idle.handle(.stop) == [.stopped])
        var waiting = BridgeMachine()
        _ = waiting.handle(.apply(Self.complete, revision: 1))
        _ = waiting.handle(.failed(link(0), Self.unreachable))
        #expect(waiting.handle(.stop) == [.cancelRetryTimer, .stopped])
    }

    @Test func `a connection that is sent elsewhere goes there, three times in a row`() throws {
        var machine = try connectedMachine()
        let address = try #require(ServerAddress("other.example.test"))
        let sent = BridgeFailure(
            .connected, .streamError, condition: "see-other-host", "elsewhere", redirect: address)
        for number in 0..<4 {
            _ = machine.handle(.failed(link(UInt64(number)), sent))
            let start = machine.handle(.retryDue)
            let expected = number < 3 ? address : nil
            #expect(start == [.start(link(UInt64(number + 1)), try account(Self.complete), redirect: expected)])
            _ = machine.handle(.connected(link(UInt64(number + 1)), Self.session))
        }
    }

    /// The promise of `Bridge.apply`: right after it the status is about the new revision, and says `connected` only if
    /// the connection that is up was made with the very settings that are wanted; and there is never a second link.
    @Test(arguments: 0..<200) func `after any history the promise about the status holds`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var machine = BridgeMachine()
        var world = World()
        let choices = [Self.complete, Self.otherSecret, Self.incomplete, BridgeSettings()]
        for revision in 1...300 {
            let before = world
            let event: BridgeMachine.Event
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1:
                event = .apply(choices.randomElement(using: &random) ?? Self.complete, revision: revision)
            case 2, 3: event = world.link.map { .connected($0, Self.session) } ?? .retryDue
            case 4: event = world.link.map { .failed($0, Self.lost) } ?? .retryDue
            case 5: event = world.ending.map { .ended($0) } ?? .stable
            case 6: event = .retryDue
            case 7: event = .reconnect
            // A report about a link that is long gone.
            default: event = .connected(LinkID(number: 0), Self.session)
            }
            world.sees(event)
            for action in machine.handle(event) { world.carriesOut(action) }
            let view = machine.view
            #expect(world.links <= 1, "two links at once after \(event)")
            if case .apply(let settings, let revision) = event {
                #expect(view.revision == revision)
                #expect(view.settings == settings)
                if view.state == .connected { #expect(before.connected == settings.account) }
                if settings.account == nil { #expect(view.state == .notConfigured) }
            }
            if case .reconnect = event { #expect(view.state != .connected) }
            if view.state == .connected { #expect(world.connected == machine.view.settings.account) }
        }
    }

    /// What a driver of the machine would have open.
    private struct World {
        var accounts: [LinkID: ComponentAccount] = [:]
        var link: LinkID?
        var ending: LinkID?
        var connected: ComponentAccount?

        var links: Int { accounts.count }

        mutating func sees(_ event: BridgeMachine.Event) {
            switch event {
            case .connected(let id, _) where id == link: connected = accounts[id]
            case .failed(let id, _), .ended(let id): forget(id)
            default: break
            }
        }

        mutating func carriesOut(_ action: BridgeMachine.Action) {
            switch action {
            case .start(let id, let account, _):
                accounts[id] = account
                link = id
            case .end(let id):
                ending = id
                connected = nil
            default: break
            }
        }

        private mutating func forget(_ id: LinkID) {
            accounts[id] = nil
            if link == id { link = nil }
            if ending == id { ending = nil }
            if accounts.isEmpty { connected = nil }
        }
    }
}
