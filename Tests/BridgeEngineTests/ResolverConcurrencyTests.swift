import Dispatch
import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine

/// Many look-ups, many threads, and cancels that race with answers.
@Suite(.timeLimit(.minutes(5)))
struct ResolverConcurrencyTests {
    let name = "name.example.test"
    let address = DNSTestRecord(.a(192, 0, 2, 1))

    /// A generator with a fixed start (SplitMix64), so that a failure can be seen again.
    private struct SeededGenerator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }

    /// Runs `body` on `count` threads of their own at once; returns when all have ended.
    private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
        let group = DispatchGroup()
        for index in 0..<count {
            group.enter()
            Thread.detachNewThread {
                body(index)
                group.leave()
            }
        }
        await withCheckedContinuation { continuation in
            group.notify(queue: .global()) { continuation.resume() }
        }
    }

    @Test func `Two answers that come at once both arrive`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .held(.records([address])))
        dns.answer(name, .aaaa, .held(.records([DNSTestRecord(.aaaa([UInt8](repeating: 2, count: 16)))])))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }
        for round in 1...50 {
            let v4 = DNSLookUpOutcome<[IPAddress]>()
            let v6 = DNSLookUpOutcome<[IPAddress]>()
            resolver.lookUpAddresses(name, family: .v6, completion: v6.complete)
            resolver.lookUpAddresses(name, family: .v4, completion: v4.complete)
            await dns.waitForQueries(2 * round)
            dns.release()
            #expect(try await v4.value().get().map(\.family) == [.v4])
            #expect(try await v6.value().get().map(\.family) == [.v6])
        }
    }

    @Test func `Cancelling one of fifty leaves the others their answers`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .held(.records([address])))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        let outcomes = (0..<50).map { _ in DNSLookUpOutcome<[IPAddress]>() }
        let handles = outcomes.map { resolver.lookUpAddresses(name, family: .v4, completion: $0.complete) }
        await dns.waitForQueries(50)
        #expect(resolver.liveContexts == 50)

        handles[17].cancel()
        #expect(await outcomes[17].value().failure?.kind == .cancelled)
        #expect(outcomes.filter { $0.count > 0 }.count == 1)
        dns.release()
        for (index, outcome) in outcomes.enumerated() where index != 17 {
            #expect(try await outcome.value().get().count == 1)
        }
        resolver.shutdown()
        #expect(outcomes.allSatisfy { $0.count == 1 })
        #expect(resolver.liveContexts == 0)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `Five hundred look-ups from eight threads with random cancels complete once each`(
        _ seed: UInt64
    ) async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        for index in 0..<500 {
            dns.answer(
                "h\(index).test", .a, .records([DNSTestRecord(.a(10, 0, UInt8(index / 250), UInt8(index % 250)))]))
        }
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        let outcomes = (0..<500).map { _ in DNSLookUpOutcome<[IPAddress]>() }
        let handles = NIOLockedValueBox<[any LookUp]>([])
        await onThreads(8) { thread in
            var generator = SeededGenerator(state: seed &* 1000 &+ UInt64(thread))
            for index in stride(from: thread, to: outcomes.count, by: 8) {
                let lookUp = resolver.lookUpAddresses(
                    "h\(index).test", family: .v4, completion: outcomes[index].complete)
                handles.withLockedValue { $0.append(lookUp) }
                // One in three ends somebody's look-up, perhaps one that is being answered at this moment.
                if Int.random(in: 0..<3, using: &generator) == 0 {
                    handles.withLockedValue { $0.randomElement(using: &generator) }?.cancel()
                }
            }
        }

        var answered = 0
        for (index, outcome) in outcomes.enumerated() {
            switch await outcome.value() {
            case .success(let addresses):
                answered += 1
                #expect(addresses.map(\.bytes) == [[10, 0, UInt8(index / 250), UInt8(index % 250)]])
            case .failure(let failure):
                #expect(failure.kind == .cancelled)
            }
        }
        #expect(answered > 0)
        resolver.shutdown()
        #expect(outcomes.allSatisfy { $0.count == 1 })
        #expect(resolver.liveContexts == 0)
    }

    @Test func `A cancel that races with the answer leaves one completion`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .records([address]))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        let outcomes = (0..<300).map { _ in DNSLookUpOutcome<[IPAddress]>() }
        for outcome in outcomes {
            let count = dns.queries.count
            let lookUp = resolver.lookUpAddresses(name, family: .v4, completion: outcome.complete)
            // By now the answer is on its way.
            await dns.waitForQueries(count + 1)
            lookUp.cancel()
            _ = await outcome.value()
        }
        resolver.shutdown()
        #expect(outcomes.allSatisfy { $0.count == 1 })
        #expect(resolver.liveContexts == 0)
    }

    @Test func `Shutdown races with look-ups and cancels from other threads`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .records([address]))
        for round in 0..<10 {
            let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
            let outcomes = (0..<80).map { _ in DNSLookUpOutcome<[IPAddress]>() }
            await onThreads(5) { thread in
                guard thread < 4 else { return resolver.shutdown() }
                for index in stride(from: thread, to: outcomes.count, by: 4) {
                    let lookUp = resolver.lookUpAddresses(
                        name, family: .v4, completion: outcomes[index].complete)
                    if (index + round) % 3 == 0 { lookUp.cancel() }
                }
            }
            for outcome in outcomes {
                let failure = await outcome.value().failure
                #expect(failure == nil || failure?.kind == .cancelled)
                #expect(outcome.count == 1)
            }
            #expect(resolver.liveContexts == 0)
        }
    }
}
