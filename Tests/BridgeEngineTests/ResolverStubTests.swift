import TestSupport
import Testing

@testable import BridgeEngine

/// What the in-memory resolver offers tests beyond the promises of every resolver.
struct ResolverStubTests {
    @Test func `Manual delivery runs completions when told, in order`() async throws {
        let resolver = StubResolver(delivery: .manual)
        resolver.addAddresses("a.test", ["192.0.2.1", "2001:db8::1"].compactMap(IPAddress.init))
        let v4 = DNSLookUpOutcome<[IPAddress]>()
        let v6 = DNSLookUpOutcome<[IPAddress]>()
        resolver.lookUpAddresses("a.test", family: .v6, completion: v6.complete)
        resolver.lookUpAddresses("A.test.", family: .v4, completion: v4.complete)
        #expect(v4.count + v6.count == 0)
        #expect(resolver.pendingCount == 2)

        #expect(resolver.deliverPending() == 2)
        #expect(try await v4.value().get().map(\.family) == [.v4])
        #expect(try await v6.value().get().map(\.family) == [.v6])
        #expect(resolver.lookUps == [.addresses("a.test", .v6), .addresses("a.test", .v4)])
    }

    @Test func `A held name answers with what the script says at its release`() async throws {
        let resolver = StubResolver(delivery: .manual)
        resolver.hold("a.test")
        let outcome = DNSLookUpOutcome<[SRVRecord]>()
        resolver.lookUpSRV("a.test", completion: outcome.complete)
        #expect(resolver.deliverPending() == 0)

        let record = SRVRecord(priority: 1, weight: 1, port: 1, target: "t.test")
        resolver.addSRV("a.test", [record])
        resolver.release("a.test")
        #expect(resolver.deliverPending() == 1)
        #expect(try await outcome.value().get() == [record])
    }

    @Test func `A cancel before the delivery wins over the answer`() async throws {
        let resolver = StubResolver(delivery: .manual)
        resolver.addAddresses("a.test", ["192.0.2.1"].compactMap(IPAddress.init))
        let outcome = DNSLookUpOutcome<[IPAddress]>()
        resolver.lookUpAddresses("a.test", family: .v4, completion: outcome.complete).cancel()
        #expect(outcome.count == 0)

        resolver.deliverPending()
        #expect(await outcome.value().failure?.kind == .cancelled)
        #expect(outcome.count == 1)
        #expect(resolver.cancelled == [.addresses("a.test", .v4)])
    }

    @Test func `One family of a name can fail, and a script can be taken back`() async throws {
        let resolver = StubResolver()
        resolver.addAddresses("a.test", ["192.0.2.1", "2001:db8::1"].compactMap(IPAddress.init))
        resolver.fail(.addresses("A.test", .v6), .timedOut, detail: "silent")
        #expect(
            await resolver.addresses("a.test", .v6).failure == LookUpFailure(kind: .timedOut, detail: "silent"))
        #expect(try await resolver.addresses("a.test", .v4).get().count == 1)

        resolver.remove("a.test")
        #expect(await resolver.addresses("a.test", .v4).failure?.kind == .notFound)
    }
}
