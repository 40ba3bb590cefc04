import Glibc
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine

/// What every resolver promises, held against the one in memory and the one on c-ares.
@Suite(.timeLimit(.minutes(5)))
struct ResolverConformanceTests {
    let name = "_xmpp-component._tcp.example.test"
    let host = "host.example.test"

    @Test(arguments: ResolverKind.allCases)
    func `SRV records come in the order of the answer, without duplicates`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        let second = SRVRecord(priority: 20, weight: 7, port: 5224, target: "b.example.test")
        let first = SRVRecord(priority: 10, weight: 0, port: 5223, target: "a.example.test")
        bench.setSRV(name, [second, first, second])

        #expect(try await bench.resolver.srv(name).get() == [second, first])
    }

    @Test(arguments: ResolverKind.allCases)
    func `A target is in lower case, and the root name is empty`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        bench.setSRV(name, [SRVRecord(priority: 0, weight: 0, port: 1, target: "CB.Example.Test.")])
        bench.setSRV("none.test", [SRVRecord(priority: 0, weight: 0, port: 0, target: ".")])

        #expect(try await bench.resolver.srv(name).get().map(\.target) == ["cb.example.test"])
        let none = try #require(try await bench.resolver.srv("none.test").get().first)
        #expect(none.target.isEmpty)
        #expect(none.isNotOffered)
    }

    @Test(arguments: ResolverKind.allCases)
    func `Addresses come by family, in order, without duplicates`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        let v4 = ["192.0.2.2", "192.0.2.1", "192.0.2.2"].compactMap(IPAddress.init)
        let v6 = ["2001:db8::2", "2001:db8::1"].compactMap(IPAddress.init)
        bench.setAddresses(host, v4 + v6)

        #expect(try await bench.resolver.addresses(host, .v4).get() == Array(v4.prefix(2)))
        #expect(try await bench.resolver.addresses(host, .v6).get() == v6)
    }

    @Test(arguments: ResolverKind.allCases)
    func `A name that nobody has is not found`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }

        #expect(await bench.resolver.srv(name).failure?.kind == .notFound)
        #expect(await bench.resolver.addresses(host, .v4).failure?.kind == .notFound)
        #expect(await bench.resolver.addresses(host, .v6).failure?.kind == .notFound)
    }

    @Test(arguments: ResolverKind.allCases)
    func `A name without addresses of the family is not found`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        bench.setAddresses(host, ["192.0.2.1"].compactMap(IPAddress.init))

        #expect(await bench.resolver.addresses(host, .v6).failure?.kind == .notFound)
        #expect(await bench.resolver.srv(host).failure?.kind == .notFound)
    }

    @Test(arguments: ResolverKind.allCases)
    func `Case and a trailing dot make no difference`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        let addresses = ["192.0.2.1"].compactMap(IPAddress.init)
        bench.setAddresses(host, addresses)

        #expect(try await bench.resolver.addresses("HOST.Example.TEST.").get() == addresses)
    }

    @Test(arguments: ResolverKind.allCases)
    func `An IP literal is its own address, in its family only`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        let v4 = try #require(IPAddress("192.0.2.9"))
        let v6 = try #require(IPAddress("2001:db8::9"))

        #expect(try await bench.resolver.addresses("192.0.2.9", .v4).get() == [v4])
        #expect(await bench.resolver.addresses("192.0.2.9", .v6).failure?.kind == .notFound)
        #expect(try await bench.resolver.addresses("2001:db8::9", .v6).get() == [v6])
        #expect(await bench.resolver.addresses("2001:db8::9", .v4).failure?.kind == .notFound)
    }

    @Test(arguments: ResolverKind.allCases)
    func `A server that fails is a server failure`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        bench.breakName(host)

        #expect(await bench.resolver.srv(host).failure?.kind == .serverFailure)
        #expect(await bench.resolver.addresses(host).failure?.kind == .serverFailure)
    }

    @Test(arguments: ResolverKind.allCases)
    func `A cancelled look-up completes once, its late answer is dropped`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        bench.holdAddresses(host, ["192.0.2.1"].compactMap(IPAddress.init))
        let cancelled = DNSLookUpOutcome<[IPAddress]>()
        let other = DNSLookUpOutcome<[IPAddress]>()
        let lookUp = bench.resolver.lookUpAddresses(host, family: .v4, completion: cancelled.complete)
        bench.resolver.lookUpAddresses(host, family: .v4, completion: other.complete)
        await bench.waitForQueries(2)

        lookUp.cancel()
        lookUp.cancel()
        #expect(await cancelled.value().failure?.kind == .cancelled)

        bench.release(host)
        #expect(try await other.value().get() == ["192.0.2.1"].compactMap(IPAddress.init))
        #expect(cancelled.count == 1)
    }

    @Test(arguments: ResolverKind.allCases)
    func `Cancelling after the end changes nothing`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        bench.setAddresses(host, ["192.0.2.1"].compactMap(IPAddress.init))
        let outcome = DNSLookUpOutcome<[IPAddress]>()
        let lookUp = bench.resolver.lookUpAddresses(host, family: .v4, completion: outcome.complete)
        _ = try await outcome.value().get()

        lookUp.cancel()
        // A second look-up goes the same way through the resolver, so a second completion would have come before it.
        _ = try await bench.resolver.addresses(host).get()
        #expect(outcome.count == 1)
    }

    @Test(arguments: ResolverKind.allCases)
    func `A completion never runs inside the call that starts or cancels`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        bench.holdAddresses("held.test", [])
        // What needs no DNS would be the first to complete inside the call.
        for host in ["192.0.2.9", "", "not a name", "held.test"] {
            let outcome = DNSLookUpOutcome<Bool>()
            let caller = NIOLockedValueBox<pthread_t?>(pthread_self())
            let lookUp = bench.resolver.lookUpAddresses(host, family: .v4) { _ in
                // Only the caller's own thread, and only inside the call, can find itself here.
                outcome.complete(.success(caller.withLockedValue { $0 } == pthread_self()))
            }
            lookUp.cancel()
            caller.withLockedValue { $0 = nil }
            #expect(try await outcome.value().get() == false)
        }
    }

    @Test(arguments: ResolverKind.allCases)
    func `A completion may start the next look-up and cancel another`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        bench.setSRV(name, [SRVRecord(priority: 0, weight: 0, port: 1, target: host)])
        bench.setAddresses(host, ["192.0.2.1"].compactMap(IPAddress.init))
        bench.holdAddresses("held.test", [])
        let held = DNSLookUpOutcome<[IPAddress]>()
        let lookUp = bench.resolver.lookUpAddresses("held.test", family: .v4, completion: held.complete)
        let outcome = DNSLookUpOutcome<[IPAddress]>()
        let resolver = bench.resolver
        resolver.lookUpSRV(name) { result in
            lookUp.cancel()
            let target = (try? result.get())?.first?.target ?? ""
            resolver.lookUpAddresses(target, family: .v4, completion: outcome.complete)
        }

        #expect(try await outcome.value().get() == ["192.0.2.1"].compactMap(IPAddress.init))
        #expect(await held.value().failure?.kind == .cancelled)
    }

    @Test(arguments: ResolverKind.allCases)
    func `A hundred look-ups at once each get their own answer`(_ kind: ResolverKind) async throws {
        let bench = try ResolverBench(kind)
        defer { bench.close() }
        let expected = try (0..<100).map { try #require(IPAddress(bytes: [192, 0, 2, UInt8($0)])) }
        for (index, address) in expected.enumerated() { bench.setAddresses("h\(index).test", [address]) }
        let outcomes = expected.indices.map { index in
            let outcome = DNSLookUpOutcome<[IPAddress]>()
            bench.resolver.lookUpAddresses("h\(index).test", family: .v4, completion: outcome.complete)
            return outcome
        }

        for (outcome, address) in zip(outcomes, expected) {
            #expect(try await outcome.value().get() == [address])
        }
    }
}
