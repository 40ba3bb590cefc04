import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import BridgeEngine

/// Many logins at once, decided in any order: each is answered once, with its own verdict, and no more than a thousand
/// are open.
///
/// Measured in a debug build, on the bridge's own thread: 2.1 s for twelve thousand, 0.7 s for 4,500 of which a third is
/// refused, 2.5 s for a thousand of the largest; 20 MiB at most.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LoginLoadTests {
    /// Decides when so many wait as chance will have it, in an order that chance has.
    private final class ShuffledLogins: LoginRequestHandler {
        private struct State {
            var random: SeededGenerator
            var waiting: [(String, CheckedContinuation<LoginVerdict, Never>)] = []
            var enough = 1
            var asked = 0
            /// Whether nobody may come who would make it enough.
            var isLast = false

            /// All that wait, in another order.
            mutating func take() -> [(String, CheckedContinuation<LoginVerdict, Never>)] {
                defer { waiting = [] }
                return waiting.shuffled(using: &random)
            }
        }

        /// How many wait at most for the next one.
        static let most = 400

        let hosts = LoginHosts()
        private let state: NIOLockedValueBox<State>

        init(seed: UInt64) { state = NIOLockedValueBox(State(random: SeededGenerator(seed: seed))) }

        var asked: Int { state.withLockedValue { $0.asked } }

        static func verdict(_ name: String) -> LoginVerdict {
            switch name.utf8.reduce(0, { ($0 &* 31) &+ Int($1) }) & 3 {
            case 0: .refused(.notAuthorized)
            case 1: .failed(.serviceFailed)
            default: .accepted
            }
        }

        func verdict(on request: LoginRequest) async -> LoginVerdict {
            await withCheckedContinuation { continuation in
                let ready = state.withLockedValue { state -> [(String, CheckedContinuation<LoginVerdict, Never>)] in
                    state.asked += 1
                    state.waiting.append((request.username, continuation))
                    guard state.waiting.count >= state.enough || state.isLast else { return [] }
                    state.enough = Int.random(in: 1...Self.most, using: &state.random)
                    return state.take()
                }
                for (name, continuation) in ready { continuation.resume(returning: Self.verdict(name)) }
            }
        }

        /// From now on nobody waits for others.
        func release() {
            let ready = state.withLockedValue { state in
                state.isLast = true
                return state.take()
            }
            for (name, continuation) in ready { continuation.resume(returning: Self.verdict(name)) }
        }

        /// From now on they wait again.
        func hold() { state.withLockedValue { $0.isLast = false } }
    }

    private func words(_ name: String) -> String {
        switch ShuffledLogins.verdict(name) {
        case .accepted: "result"
        case .refused: "not-authorized"
        case .failed: "internal-server-error"
        }
    }

    private func bridge(_ lab: BridgeLab, _ logins: any LoginRequestHandler, on loop: any EventLoop) throws -> Bridge {
        var options = BridgeOptions()
        options.limits = .patientToTheEnd
        options.limits.login = .seconds(600)
        options.pingInterval = .zero
        return try lab.bridge(options, logins: logins, on: loop)
    }

    /// Runs a body with a bridge that is connected, on a loop of its own, and says what it has cost.
    private func run(
        _ logins: any LoginRequestHandler, _ body: (Bridge, LoginServer) async throws -> Void
    ) async throws -> HostileCost {
        let lab = try BridgeLab()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await LoginServer.start(lab.tls, group: lab.group)
        let bridge = try bridge(lab, logins, on: group.next())
        bridge.apply(lab.settings(port: server.port), revision: 1)
        _ = try await lab.wait(bridge) { $0.state == .connected }
        let cost: Result<HostileCost, any Error>
        do {
            cost = .success(try await HostileCost.of(group.next()) { try await body(bridge, server) })
        } catch {
            cost = .failure(error)
        }
        await bridge.stop()
        try await server.stop()
        try await group.shutdownGracefully()
        return try cost.get()
    }

    @Test(arguments: [1, 2] as [UInt64]) func `in bursts of thousands no answer is lost, doubled or mistaken`(
        seed: UInt64
    ) async throws {
        let logins = ShuffledLogins(seed: seed)
        let (bursts, size) = (2, 3000)
        let cost = try await run(logins) { bridge, server in
            for burst in 0..<bursts {
                logins.hold()
                let names = (0..<size).map { "user\(burst)-\($0)" }
                server.send(names.map { LoginXML.ask(user: $0, id: "id-\($0)") }.joined())
                let known = burst * size
                // Fewer than those wait for somebody who does not come.
                _ = try await server.answers(known + size - ShuffledLogins.most)
                logins.release()
                let answers = try await server.answers(known + size)
                #expect(answers.count == known + size)
                for name in names {
                    let answer = answers.byID["id-\(name)"] ?? []
                    #expect(answer == [words(name)] || answer == ["resource-constraint"], "\(name)")
                }
            }
            let all = server.answers.value.byID
            #expect(all.count == bursts * size)
            let surplus = all.values.count { $0 == ["resource-constraint"] }
            #expect(logins.asked == bursts * size - surplus)
            let counts = bridge.counters.logins
            #expect(counts.accepted == all.values.count { $0 == ["result"] })
            #expect(counts.refused == all.values.count { $0 == ["not-authorized"] })
            #expect(counts.failed == all.values.count { $0 == ["internal-server-error"] } + surplus)
            #expect(counts.accepted > 0 && counts.refused > 0)
        }
        #expect(cost.time < .seconds(30), "\(cost)")
        #expect(cost.memory < 256 << 20, "\(cost)")
    }

    @Test func `a thousand may be open, the surplus is refused, and then there is room again`() async throws {
        let logins = HeldLogins()
        let cost = try await run(logins) { bridge, server in
            for round in 0..<3 {
                let names = (0..<1500).map { "user\(round)-\($0)" }
                let before = server.answers.value.count
                server.send(names.map { LoginXML.ask(user: $0, id: $0) }.joined())
                let refused = try await server.answers(before + 500)
                #expect(refused.count == before + 500)
                #expect(names.dropFirst(1000).allSatisfy { refused.byID[$0] == ["resource-constraint"] })
                let state = try await logins.state.wait { $0.waiting.count == 1000 }
                #expect(Set(state.waiting.keys) == Set(names.prefix(1000)))
                logins.decideAll()
                let answers = try await server.answers(before + 1500)
                #expect(answers.count == before + 1500)
                #expect(names.prefix(1000).allSatisfy { answers.byID[$0] == ["result"] })
            }
            #expect(bridge.counters.logins.accepted == 3000)
            #expect(bridge.counters.logins.failed == 1500)
        }
        #expect(cost.time < .seconds(30), "\(cost)")
        #expect(cost.memory < 256 << 20, "\(cost)")
    }

    /// The most that questions can hold while they are open.
    @Test func `a thousand of the largest questions are taken`() async throws {
        let logins = HeldLogins()
        let cost = try await run(logins) { _, server in
            for number in 0..<1001 {
                let name = "\(number)-" + String(repeating: "n", count: 1000)
                let password = String(repeating: "&lt;", count: 1024)
                server.send(
                    LoginXML.ask(
                        "<username>\(name)</username><password>\(password)</password>",
                        id: "\(number)" + String(repeating: ">", count: 8000),
                        to: String(repeating: "n", count: 8000) + "@cb1.example.test"))
            }
            #expect(try await server.answers(1).byID.keys.first?.hasPrefix("1000>") == true)
            _ = try await logins.state.wait { $0.waiting.count == 1000 }
            logins.decideAll()
            let answers = try await server.answers(1001)
            #expect(answers.byID.values.count { $0 == ["result"] } == 1000)
        }
        #expect(cost.memory < 256 << 20, "\(cost)")
    }
}
