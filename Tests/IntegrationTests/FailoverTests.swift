import Foundation
import TestSupport
import Testing

/// Several servers, each at an address and with a name of its own: in which order they are tried, how long a dead one
/// costs, and what becomes of the order once a connection is up.
///
/// What can be wrong with a server that is passed over: `ServiceRecordTests`.
@Suite struct FailoverTests {
    private static let names = (1...3).map { "xmpp\($0).example.test" }
    /// As a machine of its own would have, each.
    private static let addresses = (2...4).map { "127.0.0.\($0)" }
    /// What there is to do beside waiting, look-ups and handshakes, takes milliseconds; a busy machine gets more.
    private static let margin = 1.5

    /// A Prosody at the n-th of the addresses.
    private static func prosody(_ index: Int) throws -> Prosody {
        try Prosody(certificate: .anyServer, addresses: [addresses[index]])
    }

    /// A zone in which the n-th server is the n-th port, at the n-th address unless another is given.
    ///
    /// - Parameter priorities: the records stand in the zone in this order.
    private static func zone(
        _ ports: [UInt16], priorities: [UInt16] = [10, 20, 30], addresses given: [Int: String] = [:]
    ) throws -> DNSZone {
        try DNSZone(
            ports.indices.flatMap { index -> [DNSZone.Record] in
                [
                    .component(
                        of: "example.test", at: names[index], port: ports[index], priority: priorities[index]),
                    .addresses(names[index], [given[index] ?? addresses[index]]),
                ]
            })
    }

    /// Waits until the bridge is connected to the n-th server.
    @discardableResult
    private static func wait(
        for index: Int, _ server: APIServerProcess, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ConnectionStatus {
        let status = try server.waitForStatus(within: .seconds(40)) { status in
            status.state == "connected" && status.server?.hasPrefix("\(names[index]):") == true
        }
        #expect(status.address?.hasPrefix("\(addresses[index]):") == true, sourceLocation: sourceLocation)
        return status
    }

    @Test func `the priorities alone make the order, with each loss anew`() throws {
        let servers = try (0..<3).map(Self.prosody)
        // In the zone the last one stands first; xmpp2 is preferred, then xmpp1, then xmpp3.
        let zone = try Self.zone(servers.map(\.mutualPort), priorities: [20, 10, 30])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        for index in [1, 0, 2] {
            #expect(try Self.wait(for: index, server).source == "srv")
            servers[index].stop()
        }
        for taken in servers {
            let count = taken.log.components(separatedBy: "External component successfully authenticated").count - 1
            #expect(count == 1)
        }
        // All are gone; whichever comes back is found.
        try servers[0].restart()
        try Self.wait(for: 0, server)
    }

    @Test func `a later server keeps the connection when the first one is back, which is tried first after a loss`()
        throws
    {
        let (first, second) = (try Self.prosody(0), try Self.prosody(1))
        first.stop()
        let zone = try Self.zone([first.mutualPort, second.mutualPort])
        let server = try APIServerProcess(
            .trusting(dnsServer: zone.address, further: ["--ping-interval", "1"]))
        try server.configure()
        let before = try Self.wait(for: 1, server)
        try first.restart()
        // The id of a ping ends in its number: several have gone to the second server while the first was there.
        try second.process.waitForLog(containing: "-4'", within: .seconds(20))
        #expect(try server.status() == before)
        #expect(!first.process.logOfThisRun.contains("New connection FD"), "nobody has called")
        second.stop()
        try second.restart()
        try Self.wait(for: 0, server)
        #expect(!second.process.logOfThisRun.contains("External component successfully authenticated"))
    }

    // MARK: What a dead server costs

    /// What the first of two servers does, and the option that limits the step in which it does it.
    enum Fault: String, CaseIterable, Sendable {
        case closedPort, tcp, tls, stream, registration

        /// The step's limit is one second, all others have their defaults of ten.
        var options: [String] { self == .closedPort ? [] : ["--\(rawValue)-timeout", "1"] }
        /// What it adds to the time from the PUT to the connection, in seconds.
        var cost: Double { self == .closedPort ? 0 : 1 }
    }

    /// A first server with a fault.
    private enum FaultyServer {
        case nobody(UInt16)
        case silent(SilentListener)
        case frozen(Prosody)
        case bare(OpenSSLServer)

        init(_ fault: Fault) throws {
            switch fault {
            case .closedPort: self = .nobody(try FreePorts.reserve())
            case .tcp: self = .silent(try SilentListener(.v4))
            case .tls:
                let prosody = try FailoverTests.prosody(0)
                prosody.process.freeze()
                self = .frozen(prosody)
            case .stream, .registration: self = .bare(try OpenSSLServer(certificate: .anyServer))
            }
        }

        var port: UInt16 {
            switch self {
            case .nobody(let port): port
            case .silent(let listener): listener.port
            case .frozen(let prosody): prosody.mutualPort
            case .bare(let server): server.port
            }
        }

        /// nil: the server's own one of `FailoverTests.addresses`.
        var address: String? {
            switch self {
            case .nobody, .frozen: nil
            case .silent, .bare: "127.0.0.1"
            }
        }

        /// Answers the stream header, and then nothing more.
        func openStream() throws {
            guard case .bare(let server) = self else { return }
            try server.process.waitForLog(containing: "to='cb1.example.test'>")
            try server.send(
                "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1'>"
            )
            try server.process.waitForLog(containing: "</handshake>")
        }
    }

    @Test(arguments: Fault.allCases) func `the next server has its turn after that step's limit, not later`(
        fault: Fault
    ) throws {
        let good = try Self.prosody(1)
        let faulty = try FaultyServer(fault)
        let zone = try Self.zone(
            [faulty.port, good.mutualPort], addresses: faulty.address.map { [0: $0] } ?? [:])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address, further: fault.options))
        // The password is hashed for the first request alone.
        _ = try server.status()
        let start = ContinuousClock.now
        try server.configure()
        if fault == .registration { try faulty.openStream() }
        let status = try Self.wait(for: 1, server)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        #expect(fault.cost..<(fault.cost + Self.margin) ~= seconds, "\(seconds) s")
        #expect(status.lastFailure == nil, "one attempt covers both servers")
    }

    // MARK: All dead

    @Test func `where all are dead the one that got furthest gives the reason`() throws {
        let frozen = try FaultyServer(.tls)
        let undecided = try FaultyServer(.registration)
        let zone = try Self.zone(
            [frozen.port, undecided.port, FreePorts.reserve()], addresses: [1: undecided.address ?? ""])
        let server = try APIServerProcess(
            .trusting(
                dnsServer: zone.address, further: ["--tls-timeout", "1", "--registration-timeout", "1"]))
        _ = try server.status()
        let start = ContinuousClock.now
        try server.configure()
        try undecided.openStream()
        let failure = try server.waitForFailure()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        failure.expect("registration", "registrationTimedOut", mentions: [Self.names[1], "within 1 s"])
        #expect(2..<(2 + Self.margin) ~= seconds, "\(seconds) s")
    }

    @Test func `where all got equally far the preferred one gives the reason`() throws {
        let zone = try Self.zone(FreePorts.reserve(3), priorities: [30, 10, 20])
        let server = try APIServerProcess(.trusting(dnsServer: zone.address))
        try server.configure()
        try server.waitForFailure().expect(
            "tcpConnect", "connectionRefused", mentions: [Self.addresses[1]])
        // The others have had their turn too.
        for name in Self.names { #expect(zone.log.contains("query[A] \(name)")) }
    }
}
