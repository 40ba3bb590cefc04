import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine

/// AresResolver's limits, tries, cancels and end.
@Suite(.timeLimit(.minutes(5)))
struct ResolverTimeTests {
    let name = "name.example.test"
    let address = DNSTestRecord(.a(192, 0, 2, 1))

    /// How long a completion took, seen on the resolver's thread.
    private func duration(of name: String, with resolver: AresResolver) async throws -> (Duration, LookUpFailure?) {
        let outcome = DNSLookUpOutcome<(Duration, LookUpFailure?)>()
        let start = ContinuousClock.now
        resolver.lookUpAddresses(name, family: .v4) { result in
            outcome.complete(.success((ContinuousClock.now - start, result.failure)))
        }
        return try await outcome.value().get()
    }

    @Test(arguments: [50, 200, 350])
    func `A silent server ends a look-up at its limit`(_ limit: Int) async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .silence)
        let resolver = try AresResolver(servers: [dns.address], timeout: .milliseconds(limit))
        defer { resolver.shutdown() }

        let (took, failure) = try await duration(of: name, with: resolver)
        #expect(failure?.kind == .timedOut)
        #expect(took >= .milliseconds(limit))
        // 100 ms on a machine with nothing else to do; the rest is for one that has.
        #expect(took < .milliseconds(limit + 500))
    }

    @Test func `The limit holds however many servers are silent`() async throws {
        let servers = try (0..<4).map { _ in try DNSTestServer() }
        defer { for dns in servers { dns.stop() } }
        for dns in servers { dns.answer(name, .a, .silence) }
        let resolver = try AresResolver(servers: servers.map(\.address), timeout: .milliseconds(300))
        defer { resolver.shutdown() }

        let (took, failure) = try await duration(of: name, with: resolver)
        #expect(failure?.kind == .timedOut)
        #expect(took >= .milliseconds(300))
        #expect(took < .milliseconds(800))
    }

    @Test func `A time-out names the server that failed before`() async throws {
        let broken = try DNSTestServer()
        let silent = try DNSTestServer()
        defer {
            broken.stop()
            silent.stop()
        }
        broken.answer(name, .srv, .responseCode(2))
        silent.answer(name, .srv, .silence)
        let resolver = try AresResolver(
            servers: [broken.address, silent.address], timeout: .milliseconds(500))
        defer { resolver.shutdown() }

        let failure = try #require(await resolver.srv(name).failure)
        #expect(failure.kind == .timedOut)
        #expect(failure.detail.contains("SERVFAIL"))
    }

    @Test func `A lost question is sent again inside the limit`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .silence)
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }
        let outcome = DNSLookUpOutcome<[IPAddress]>()
        resolver.lookUpAddresses(name, family: .v4, completion: outcome.complete)
        await dns.waitForQueries(1)
        dns.answer(name, .a, .records([address]))

        #expect(try await outcome.value().get().map(\.description) == ["192.0.2.1"])
        // Sent again from the same socket, or from a new one once c-ares has given up.
        #expect(dns.queries.count + dns.repeats > 1)
    }

    @Test func `A silent first server leaves time for the second`() async throws {
        let silent = try DNSTestServer()
        let good = try DNSTestServer()
        defer {
            silent.stop()
            good.stop()
        }
        silent.answer(name, .a, .silence)
        good.answer(name, .a, .records([address]))
        let resolver = try AresResolver(servers: [silent.address, good.address], timeout: .patient)
        defer { resolver.shutdown() }

        #expect(try await resolver.addresses(name).get().map(\.description) == ["192.0.2.1"])
    }

    @Test func `Tries that c-ares has used up begin anew until the limit`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        // Over TCP c-ares asks a server once and gives up after the first try: two seconds here.
        dns.answer(name, .srv, .onlyOverTCP([DNSTestRecord(.srv(1, 2, 3, "t.test"))]))
        dns.answer("slow.test", .srv, .held(.onlyOverTCP([DNSTestRecord(.srv(1, 2, 3, "t.test"))])))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }
        #expect(try await resolver.srv(name).get().map(\.port) == [3])

        let outcome = DNSLookUpOutcome<[SRVRecord]>()
        resolver.lookUpSRV("slow.test", completion: outcome.complete)
        await dns.waitForQueries(3)
        // The UDP question is answered "truncated", the TCP question is not answered at all.
        dns.release("slow.test")
        await dns.waitForQueries(4)
        dns.answer("slow.test", .srv, .records([DNSTestRecord(.srv(1, 2, 4, "t.test"))]))
        #expect(try await outcome.value().get().map(\.port) == [4])
    }

    @Test func `A look-up that times out does not disturb one that is answered`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer("silent.test", .a, .silence)
        dns.answer(name, .a, .records([address]))
        let resolver = try AresResolver(servers: [dns.address], timeout: .seconds(1))
        defer { resolver.shutdown() }
        let silent = DNSLookUpOutcome<[IPAddress]>()
        resolver.lookUpAddresses("silent.test", family: .v4, completion: silent.complete)
        while silent.count == 0 {
            #expect(try await resolver.addresses(name).get().count == 1)
        }
        #expect(await silent.value().failure?.kind == .timedOut)
    }

    @Test func `Look-ups beyond the bound wait for their turn`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .held(.records([address])))
        dns.answer("next.test", .a, .records([address]))
        let resolver = try AresResolver(
            settings: ResolverSettings(servers: [dns.address], limit: .patient, mostActive: 2))
        defer { resolver.shutdown() }
        let first = (0..<2).map { _ in DNSLookUpOutcome<[IPAddress]>() }
        for outcome in first { resolver.lookUpAddresses(name, family: .v4, completion: outcome.complete) }
        await dns.waitForQueries(2)
        let later = (0..<20).map { _ in DNSLookUpOutcome<[IPAddress]>() }
        let handles = later.map { resolver.lookUpAddresses("next.test", family: .v4, completion: $0.complete) }

        handles[7].cancel()
        #expect(await later[7].value().failure?.kind == .cancelled)
        #expect(dns.queries.count == 2)
        #expect(resolver.liveContexts == 2)
        dns.release(name)
        for (index, outcome) in (first + later).enumerated() where index != 9 {
            #expect(try await outcome.value().get().count == 1)
        }
        #expect(dns.queries.filter { $0.name == "next.test" }.count == 19)
    }

    @Test func `A look-up that never got its turn times out at its limit`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .silence)
        let resolver = try AresResolver(
            settings: ResolverSettings(servers: [dns.address], limit: .milliseconds(200), mostActive: 0))
        defer { resolver.shutdown() }

        let (took, failure) = try await duration(of: name, with: resolver)
        #expect(failure?.kind == .timedOut)
        #expect(took >= .milliseconds(200))
        #expect(dns.queries.isEmpty)
    }

    // MARK: End

    @Test func `Shutdown completes what is pending before it returns`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .silence)
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        let outcomes = (0..<20).map { _ in DNSLookUpOutcome<[IPAddress]>() }
        for outcome in outcomes { resolver.lookUpAddresses(name, family: .v4, completion: outcome.complete) }
        await dns.waitForQueries(5)

        resolver.shutdown()
        #expect(outcomes.allSatisfy { $0.count == 1 })
        #expect(resolver.liveContexts == 0)
        for outcome in outcomes { #expect(await outcome.value().failure?.kind == .cancelled) }
        resolver.shutdown()
    }

    @Test func `A look-up after shutdown is cancelled, not from inside the call`() async throws {
        let resolver = try AresResolver()
        resolver.shutdown()
        let outcome = DNSLookUpOutcome<[IPAddress]>()
        let lookUp = resolver.lookUpAddresses("192.0.2.1", family: .v4, completion: outcome.complete)
        lookUp.cancel()

        let failure = await outcome.value().failure
        #expect(failure?.kind == .cancelled)
        #expect(failure?.detail.contains("shut down") == true)
    }

    @Test func `Shutdown from a completion ends the rest`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer("silent.test", .a, .silence)
        dns.answer(name, .a, .records([address]))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        let silent = DNSLookUpOutcome<[IPAddress]>()
        resolver.lookUpAddresses("silent.test", family: .v4, completion: silent.complete)
        resolver.lookUpAddresses(name, family: .v4) { _ in resolver.shutdown() }

        #expect(await silent.value().failure?.kind == .cancelled)
    }

    @Test func `A resolver that is dropped cancels what is pending`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .silence)
        let outcome = DNSLookUpOutcome<[IPAddress]>()
        do {
            let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
            resolver.lookUpAddresses(name, family: .v4, completion: outcome.complete)
        }
        #expect(await outcome.value().failure?.kind == .cancelled)
    }
}
