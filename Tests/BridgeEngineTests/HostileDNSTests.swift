import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import BridgeEngine

/// DNS that answers too much, by a detour, or nonsense; the bridge asks it through c-ares.
@Suite(.timeLimit(.minutes(10))) struct HostileDNSTests {
    private let bench: HostileBench
    private let dns: DNSTestServer
    private let resolver: AresResolver
    private let service = "_xmpp-component._tcp.example.test"
    private static let here = DNSTestRecord(.a(127, 0, 0, 1))

    init() throws {
        bench = try HostileBench()
        dns = try DNSTestServer()
        resolver = try AresResolver(servers: [dns.address])
    }

    /// Runs a test with a bridge that has to be found by DNS, and ends all after it.
    private func withBridge(
        _ limits: StepLimits = .patient, _ body: (WatchedBridge, HostileServer) async throws -> Void
    ) async throws {
        let server = try await bench.server()
        let bridge = try bench.bridge(limits, resolver: resolver)
        let result: Result<Void, any Error>
        do { result = .success(try await body(bridge, server)) } catch { result = .failure(error) }
        await bridge.stop()
        resolver.shutdown()
        dns.stop()
        #expect(resolver.liveContexts == 0)
        try await server.stop()
        try result.get()
    }

    private func record(_ target: String, _ port: UInt16, priority: Int = 0) -> DNSTestRecord {
        DNSTestRecord(.srv(UInt16(priority), 0, port, target))
    }

    // MARK: Too many records

    @Test func `two hundred servers are tried in their order, up to the one that is there`() async throws {
        try await withBridge { bridge, server in
            let closed = try FreePorts.reserve()
            let targets = (0..<200).map { "xmpp\($0).example.test" }
            dns.answer(
                service, .srv,
                .records(
                    targets.enumerated().reversed().map { index, target in
                        record(target, index == 199 ? server.port : closed, priority: index)
                    }))
            for target in targets { dns.answer(target, .a, .records([Self.here])) }
            bridge.bridge.apply(bench.settings(nil), revision: 1)
            let status = try await bridge.next { $0.state == .connected || $0.state == .waiting }.status
            #expect(status.state == .connected, "\(String(describing: status.lastFailure))")
            let tried = bridge.statuses.value.filter { $0.step == .tcpConnect }.compactMap(\.server)
            #expect(tried.map { String($0.prefix { $0 != ":" }) } == targets)
            // The list itself over both transports, then each target's addresses, and nothing twice.
            #expect(dns.queries.filter { $0.name == service }.map(\.overTCP) == [false, true])
            #expect(dns.queries.count == 2 + 2 * targets.count)
        }
    }

    @Test func `the attempt's limit counts, not the number of servers`() async throws {
        var limits = StepLimits.patient
        // Time for the look-ups on a busy machine, and far less than all the servers would take.
        limits.attempt = .seconds(15)
        limits.tcp = .seconds(1)
        let silent = try SilentListener(.v4)
        defer { silent.stop() }
        try await withBridge(limits) { bridge, server in
            let targets = (0..<200).map { "xmpp\($0).example.test" }
            dns.answer(service, .srv, .records(targets.map { record($0, silent.port) }))
            for target in targets { dns.answer(target, .a, .records([Self.here])) }
            bridge.bridge.apply(bench.settings(nil), revision: 1)
            let (failed, passed) = try await bridge.next { $0.state == .waiting }
            let tried = bridge.statuses.value.prefix(passed).filter { $0.step == .tcpConnect }
            #expect((1...15).contains(tried.count), "each has a second, and there are fifteen")
            #expect(failed.lastFailure?.failure.stage == .step(.tcpConnect))
            #expect(failed.lastFailure?.failure.reason == .connectionTimedOut)
            dns.answer(service, .srv, .records([record("xmpp1.example.test", server.port)]))
            _ = try await bridge.next(after: passed) { $0.state == .connected }
        }
    }

    // MARK: By a detour

    @Test func `a target that is an alias is followed, and its own name is what counts`() async throws {
        try await withBridge { bridge, server in
            dns.answer(service, .srv, .records([record("xmpp1.example.test", server.port)]))
            dns.answer(
                "xmpp1.example.test", .a,
                .records([
                    DNSTestRecord(.cname("a.elsewhere.test")),
                    DNSTestRecord(owner: "a.elsewhere.test", .cname("b.elsewhere.test")),
                    DNSTestRecord(owner: "b.elsewhere.test", .a(127, 0, 0, 1)),
                ]))
            bridge.bridge.apply(bench.settings(nil), revision: 1)
            let status = try await bridge.next { $0.state == .connected || $0.state == .waiting }.status
            // The certificate names *.example.test, not what the alias leads to.
            #expect(status.state == .connected, "\(String(describing: status.lastFailure))")
            #expect(status.server == "xmpp1.example.test:\(server.port)")
            #expect(status.address == "127.0.0.1:\(server.port)")
        }
    }

    @Test(arguments: [
        [DNSTestRecord(.cname("xmpp1.example.test"))],
        [
            DNSTestRecord(.cname("xmpp2.example.test")),
            DNSTestRecord(owner: "xmpp2.example.test", .cname("xmpp1.example.test")),
        ],
        [DNSTestRecord(.cname("nobody.example.test"))],
    ]) func `an alias that leads nowhere is a host without an address`(records: [DNSTestRecord]) async throws {
        try await withBridge { bridge, server in
            dns.answer(service, .srv, .records([record("xmpp1.example.test", server.port)]))
            dns.answer("xmpp1.example.test", .a, .records(records))
            dns.answer("xmpp1.example.test", .aaaa, .records(records))
            bridge.bridge.apply(bench.settings(nil), revision: 1)
            let (failed, passed) = try await bridge.next { $0.state == .waiting }
            #expect(failed.lastFailure?.failure.stage == .step(.addressLookup))
            #expect(failed.lastFailure?.failure.reason == .hostNotFound, "\(failed)")
            dns.answer("xmpp1.example.test", .a, .records([Self.here]))
            _ = try await bridge.next(after: passed) { $0.state == .connected }
        }
    }

    @Test func `truncated answers are asked for again over TCP`() async throws {
        try await withBridge { bridge, server in
            dns.answer(service, .srv, .onlyOverTCP([record("xmpp1.example.test", server.port)]))
            dns.answer("xmpp1.example.test", .a, .onlyOverTCP([Self.here]))
            bridge.bridge.apply(bench.settings(nil), revision: 1)
            let status = try await bridge.next { $0.state == .connected || $0.state == .waiting }.status
            #expect(status.state == .connected, "\(String(describing: status.lastFailure))")
            #expect(dns.queries.filter { $0.name == service }.map(\.overTCP) == [false, true])
            #expect(dns.queries.filter { $0.name != service && $0.type == 1 }.map(\.overTCP) == [false, true])
        }
    }

    // MARK: Nonsense

    /// An answer section that no name server makes. The offsets of RFC 1035 §4.1.4 are from the message's start.
    struct Nonsense: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let count: UInt16
        let bytes: @Sendable (_ type: UInt8, _ data: [UInt8], _ place: Int) -> [UInt8]
    }

    private static func pointer(to place: Int) -> [UInt8] { [0xc0 | UInt8(place >> 8), UInt8(place & 0xff)] }

    /// Type, class IN, a time to live, and the length of what follows.
    private static func fields(_ type: UInt8, _ length: Int) -> [UInt8] {
        [0, type, 0, 1, 0, 0, 0, 60, UInt8(length >> 8), UInt8(length & 0xff)]
    }

    static let nonsense = [
        Nonsense(testDescription: "an owner that points at itself", count: 1) { type, data, place in
            pointer(to: place) + fields(type, data.count) + data
        },
        Nonsense(testDescription: "owners that point at each other", count: 2) { type, data, place in
            let second = place + 2 + 10 + data.count
            return pointer(to: second) + fields(type, data.count) + data + pointer(to: place)
                + fields(type, data.count) + data
        },
        Nonsense(testDescription: "an owner that goes round through a label", count: 1) { type, data, place in
            [1, UInt8(ascii: "a")] + pointer(to: place) + fields(type, data.count) + data
        },
        Nonsense(testDescription: "an owner behind the end", count: 1) { type, data, place in
            pointer(to: 0x3fff) + fields(type, data.count) + data
        },
        Nonsense(testDescription: "a label of a reserved kind", count: 1) { type, data, place in
            [0x80, 0x0c] + fields(type, data.count) + data
        },
        Nonsense(testDescription: "data longer than the message", count: 1) { type, data, place in
            pointer(to: 12) + fields(type, 0xffff) + data
        },
        Nonsense(testDescription: "records that are not there", count: 0xffff) { type, data, place in
            pointer(to: 12) + fields(type, data.count) + data
        },
    ]

    /// Those, and the name in an alias, which only a look-up of addresses follows.
    static let nonsenseForAddresses =
        nonsense + [
            Nonsense(testDescription: "an alias that points at itself", count: 1) { type, data, place in
                pointer(to: 12) + fields(5, 2) + pointer(to: place + 12)
            }
        ]

    /// Those, and the name in the SRV record itself.
    static let nonsenseForSRV =
        nonsense + [
            Nonsense(testDescription: "a target that points at itself", count: 1) { type, data, place in
                pointer(to: 12) + fields(type, 8) + data.prefix(6) + pointer(to: place + 18)
            },
            Nonsense(testDescription: "a target that goes round through a label", count: 1) { type, data, place in
                pointer(to: 12) + fields(type, 10) + data.prefix(6) + [1, UInt8(ascii: "a")] + pointer(to: place + 18)
            },
            Nonsense(testDescription: "a target without an end", count: 1) { type, data, place in
                pointer(to: 12) + fields(type, 8) + data.prefix(6) + [63, UInt8(ascii: "a")]
            },
        ]

    @Test(arguments: nonsenseForSRV) func `an SRV answer that is nonsense is the DNS server's failure`(
        nonsense: Nonsense
    ) async throws {
        try await withBridge { bridge, server in
            dns.answer(
                service, .srv,
                .section(count: nonsense.count) { place in
                    nonsense.bytes(33, [0, 0, 0, 0, 0x14, 0x67, 4] + Array("xmpp".utf8) + [0], place)
                })
            bridge.bridge.apply(bench.settings(nil), revision: 1)
            let (failed, passed) = try await bridge.next { $0.state == .waiting }
            #expect(failed.lastFailure?.failure.stage == .step(.srvLookup))
            #expect(failed.lastFailure?.failure.reason == .dnsServerFailure)
            #expect(failed.lastFailure?.failure.detail.contains("malformed") == true, "\(failed)")
            dns.answer(service, .srv, .records([record("xmpp1.example.test", server.port)]))
            dns.answer("xmpp1.example.test", .a, .records([Self.here]))
            _ = try await bridge.next(after: passed) { $0.state == .connected }
        }
    }

    @Test(arguments: nonsenseForAddresses) func `an address answer that is nonsense is the DNS server's failure`(
        nonsense: Nonsense
    ) async throws {
        try await withBridge { bridge, server in
            dns.answer(service, .srv, .records([record("xmpp1.example.test", server.port)]))
            dns.answer(
                "xmpp1.example.test", .a,
                .section(count: nonsense.count) { nonsense.bytes(1, [127, 0, 0, 1], $0) })
            dns.answer(
                "xmpp1.example.test", .aaaa,
                .section(count: nonsense.count) { nonsense.bytes(28, [UInt8](repeating: 1, count: 16), $0) })
            bridge.bridge.apply(bench.settings(nil), revision: 1)
            let (failed, passed) = try await bridge.next { $0.state == .waiting }
            #expect(failed.lastFailure?.failure.stage == .step(.addressLookup))
            #expect(failed.lastFailure?.failure.reason == .dnsServerFailure)
            #expect(failed.lastFailure?.failure.detail.contains("malformed") == true, "\(failed)")
            dns.answer("xmpp1.example.test", .a, .records([Self.here]))
            dns.answer("xmpp1.example.test", .aaaa, .noRecords)
            _ = try await bridge.next(after: passed) { $0.state == .connected }
        }
    }
}
