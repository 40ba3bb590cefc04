import TestSupport
import Testing

@testable import BridgeEngine

/// What AresResolver makes of a DNS server's answers.
@Suite(.timeLimit(.minutes(5)))
struct ResolverAnswerTests {
    /// A row of the status table: what the server does, and what the caller gets.
    struct Row: Sendable, CustomTestStringConvertible {
        let answer: DNSTestAnswer
        let kind: LookUpFailure.Kind
        let words: String
        var limit = Duration.patient

        var testDescription: String { words }
    }

    static let rows = [
        Row(answer: .nameNotFound, kind: .notFound, words: "NXDOMAIN"),
        Row(answer: .noRecords, kind: .notFound, words: "has no"),
        Row(answer: .responseCode(1), kind: .serverFailure, words: "FORMERR"),
        Row(answer: .responseCode(2), kind: .serverFailure, words: "SERVFAIL"),
        Row(answer: .responseCode(4), kind: .serverFailure, words: "NOTIMP"),
        Row(answer: .responseCode(5), kind: .serverFailure, words: "REFUSED"),
        Row(answer: .malformed, kind: .serverFailure, words: "malformed"),
        Row(answer: .silence, kind: .timedOut, words: "within 0.2 seconds", limit: .milliseconds(200)),
    ]

    let name = "name.example.test"

    @Test(arguments: rows)
    func `Each answer without records has its kind and its words, for SRV`(_ row: Row) async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .srv, row.answer)
        let resolver = try AresResolver(servers: [dns.address], timeout: row.limit)
        defer { resolver.shutdown() }

        let failure = try #require(await resolver.srv(name).failure)
        #expect(failure.kind == row.kind)
        #expect(failure.detail.contains(row.words))
        #expect(failure.detail.contains(name))
    }

    @Test(arguments: rows, AddressFamily.allCases)
    func `Each answer without records has its kind and its words, for addresses`(
        _ row: Row, _ family: AddressFamily
    ) async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, family == .v4 ? .a : .aaaa, row.answer)
        let resolver = try AresResolver(servers: [dns.address], timeout: row.limit)
        defer { resolver.shutdown() }

        let failure = try #require(await resolver.addresses(name, family).failure)
        #expect(failure.kind == row.kind)
        #expect(failure.detail.contains(row.words))
        #expect(failure.detail.contains(name))
    }

    @Test func `A response code that c-ares has no number for is a server failure`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .srv, .responseCode(9))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }

        let failure = try #require(await resolver.srv(name).failure)
        #expect(failure.kind == .serverFailure)
        #expect(failure.detail.contains("response code 9"))
    }

    @Test func `A server whose port is closed is a server failure, at once`() async throws {
        let dns = try DNSTestServer()
        dns.stop()
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }

        for failure in [await resolver.srv(name).failure, await resolver.addresses(name).failure] {
            #expect(failure?.kind == .serverFailure)
            #expect(failure?.detail.contains("could be reached") == true)
        }
    }

    @Test(arguments: [
        "", ".", "a..b", ".a", "white space.test", "tab\t.test", "back\\slash.test", "nul\0.test", "täst.test",
        "\u{212A}.test", String(repeating: "a", count: 64) + ".test",
        Array(repeating: "abcdefgh", count: 29).joined(separator: "."),
    ])
    func `What is not a DNS name is not found, and nobody is asked`(_ name: String) async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }

        for failure in [await resolver.srv(name).failure, await resolver.addresses(name).failure] {
            #expect(failure?.kind == .notFound)
            #expect(failure?.detail.contains("is not a DNS name") == true)
        }
        #expect(dns.queries.isEmpty)
    }

    @Test func `An alias is followed, for addresses and for SRV`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        let alias = DNSTestRecord(.cname("real.example.test"))
        dns.answer(name, .a, .records([alias, DNSTestRecord(owner: "real.example.test", .a(192, 0, 2, 1))]))
        dns.answer(
            name, .srv, .records([alias, DNSTestRecord(owner: "real.example.test", .srv(1, 2, 3, "t.test"))]))
        dns.answer(name, .aaaa, .records([alias]))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }

        #expect(try await resolver.addresses(name).get().map(\.description) == ["192.0.2.1"])
        #expect(
            try await resolver.srv(name).get() == [SRVRecord(priority: 1, weight: 2, port: 3, target: "t.test")])
        #expect(await resolver.addresses(name, .v6).failure?.kind == .notFound)
    }

    @Test func `A truncated answer is asked again over TCP`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .srv, .onlyOverTCP([DNSTestRecord(.srv(1, 2, 3, "t.test"))]))
        dns.answer(name, .aaaa, .onlyOverTCP([DNSTestRecord(.aaaa([UInt8](repeating: 1, count: 16)))]))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }

        #expect(try await resolver.srv(name).get().map(\.port) == [3])
        #expect(try await resolver.addresses(name, .v6).get().count == 1)
        #expect(dns.queries.map(\.overTCP) == [false, true, false, true])
    }

    @Test(arguments: [(200, 200), (256, 256), (400, 256)])
    func `Many SRV records are kept in order, up to a bound`(_ sent: Int, _ kept: Int) async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        let records = (0..<sent).map {
            SRVRecord(priority: UInt16($0 % 7), weight: UInt16($0), port: 5223, target: "target-\($0).example.test")
        }
        dns.answer(name, .srv, .records(records.map(\.onTheWire)))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }

        #expect(try await resolver.srv(name).get() == Array(records.prefix(kept)))
    }

    @Test func `More addresses than the bound are cut`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        dns.answer(name, .a, .records((0..<100).map { DNSTestRecord(.a(192, 0, 2, $0)) }))
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }

        #expect(try await resolver.addresses(name).get().count == DNSAnswer.mostAddresses)
    }

    @Test(arguments: ["localhost", "LOCALHOST.", "cb.localhost"], AddressFamily.allCases)
    func `localhost and names under it are this machine, and DNS is not asked`(
        _ host: String, _ family: AddressFamily
    ) async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }

        let addresses = try await resolver.addresses(host, family).get()
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { $0.isLoopback && $0.family == family })
        #expect(dns.queries.isEmpty)
    }

    @Test func `A name is asked for as it is, without search domains`() async throws {
        let dns = try DNSTestServer()
        defer { dns.stop() }
        let resolver = try AresResolver(servers: [dns.address], timeout: .patient)
        defer { resolver.shutdown() }

        #expect(await resolver.addresses("cb-host-without-dots").failure?.kind == .notFound)
        #expect(await resolver.srv("_xmpp-component._tcp.single").failure?.kind == .notFound)
        #expect(dns.queries.map(\.name) == ["cb-host-without-dots", "_xmpp-component._tcp.single"])
    }

    @Test(arguments: [1, 2, 4, 5] as [UInt8])
    func `After a server that fails, the next one is asked`(_ responseCode: UInt8) async throws {
        let broken = try DNSTestServer()
        let good = try DNSTestServer()
        defer {
            broken.stop()
            good.stop()
        }
        broken.answer(name, .a, .responseCode(responseCode))
        broken.answer(name, .srv, .responseCode(responseCode))
        good.answer(name, .a, .records([DNSTestRecord(.a(192, 0, 2, 1))]))
        good.answer(name, .srv, .records([DNSTestRecord(.srv(1, 2, 3, "t.test"))]))
        let resolver = try AresResolver(servers: [broken.address, good.address], timeout: .patient)
        defer { resolver.shutdown() }

        #expect(try await resolver.addresses(name).get().map(\.description) == ["192.0.2.1"])
        #expect(try await resolver.srv(name).get().map(\.port) == [3])
        #expect(broken.queries.count == 2)
        #expect(good.queries.count == 2)
    }

    @Test func `NXDOMAIN is the truth, the next server is not asked`() async throws {
        let first = try DNSTestServer()
        let second = try DNSTestServer()
        defer {
            first.stop()
            second.stop()
        }
        let resolver = try AresResolver(servers: [first.address, second.address], timeout: .patient)
        defer { resolver.shutdown() }

        #expect(await resolver.srv(name).failure?.kind == .notFound)
        #expect(second.queries.isEmpty)
    }

    @Test func `A server that fails is named even when the next one cannot be reached`() async throws {
        let broken = try DNSTestServer()
        defer { broken.stop() }
        let gone = try DNSTestServer()
        gone.stop()
        broken.answer(name, .srv, .responseCode(5))
        let resolver = try AresResolver(servers: [broken.address, gone.address], timeout: .patient)
        defer { resolver.shutdown() }

        let failure = try #require(await resolver.srv(name).failure)
        #expect(failure.kind == .serverFailure)
        #expect(failure.detail.contains("REFUSED"))
    }
}
