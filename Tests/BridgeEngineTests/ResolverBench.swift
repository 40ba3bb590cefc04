import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BridgeEngine

/// The two resolvers behind one script, for the tests that hold both to the same promises.
enum ResolverKind: CaseIterable, Sendable, CustomTestStringConvertible {
    case stub
    case ares

    var testDescription: String {
        switch self {
        case .stub: "StubResolver"
        case .ares: "AresResolver"
        }
    }
}

/// A resolver and what it answers from.
final class ResolverBench: Sendable {
    let resolver: any BridgeEngine.Resolver
    private let stub: StubResolver?
    private let dns: DNSTestServer?
    private let ares: AresResolver?

    init(_ kind: ResolverKind) throws {
        switch kind {
        case .stub:
            let stub = StubResolver()
            (self.stub, dns, ares, resolver) = (stub, nil, nil, stub)
        case .ares:
            let dns = try DNSTestServer()
            let ares = try AresResolver(servers: [dns.address], timeout: .patient)
            (stub, self.dns, self.ares, resolver) = (nil, dns, ares, ares)
        }
    }

    /// To be called at the end of a test; checks that c-ares holds nothing of ours any more.
    func close() {
        ares?.shutdown()
        dns?.stop()
        #expect(ares.map(\.liveContexts) ?? 0 == 0)
    }

    func setSRV(_ name: String, _ records: [SRVRecord]) {
        stub?.addSRV(name, records)
        dns?.answer(name, .srv, .records(records.map(\.onTheWire)))
    }

    func setAddresses(_ host: String, _ addresses: [IPAddress]) {
        stub?.addAddresses(host, addresses)
        for family in AddressFamily.allCases {
            let records = addresses.filter { $0.family == family }.map(\.onTheWire)
            if !records.isEmpty { dns?.answer(host, family == .v4 ? .a : .aaaa, .records(records)) }
        }
    }

    /// Lets every question for the name fail with `serverFailure`.
    func breakName(_ name: String) {
        stub?.fail(name, .serverFailure)
        for type in DNSTestRecordType.allCases { dns?.answer(name, type, .responseCode(2)) }
    }

    /// Sets addresses that are given only after ``release(_:)``.
    func holdAddresses(_ host: String, _ addresses: [IPAddress]) {
        stub?.addAddresses(host, addresses)
        stub?.hold(host)
        dns?.answer(host, .a, .held(.records(addresses.map(\.onTheWire))))
    }

    func release(_ host: String) {
        stub?.release(host)
        dns?.release(host)
    }

    /// Returns once the questions have reached whoever answers them.
    func waitForQueries(_ count: Int) async {
        await dns?.waitForQueries(count)
    }
}

extension Duration {
    /// A limit that no test is about: long enough for a machine that is busy with other things.
    static var patient: Duration { .seconds(50) }
}

extension SRVRecord {
    /// The record as the test server sends it.
    var onTheWire: DNSTestRecord {
        DNSTestRecord(.srv(priority, weight, port, target.isEmpty ? "." : target))
    }
}

extension IPAddress {
    /// The record as the test server sends it.
    var onTheWire: DNSTestRecord {
        switch family {
        case .v4: DNSTestRecord(.a(bytes[0], bytes[1], bytes[2], bytes[3]))
        case .v6: DNSTestRecord(.aaaa(bytes))
        }
    }
}

extension BridgeEngine.Resolver {
    /// A look-up to wait for.
    func srv(_ name: String) async -> Result<[SRVRecord], LookUpFailure> {
        let outcome = DNSLookUpOutcome<[SRVRecord]>()
        lookUpSRV(name, completion: outcome.complete)
        return await outcome.value()
    }

    /// A look-up to wait for.
    func addresses(_ host: String, _ family: AddressFamily = .v4) async -> Result<[IPAddress], LookUpFailure> {
        let outcome = DNSLookUpOutcome<[IPAddress]>()
        lookUpAddresses(host, family: family, completion: outcome.complete)
        return await outcome.value()
    }
}

extension Result where Failure == LookUpFailure {
    /// The failure, nil after a success.
    var failure: LookUpFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
