import TestSupport

/// A real DNS server (dnsmasq) on 127.0.0.1, UDP and TCP, that knows the names given and answers NXDOMAIN to all else.
///
/// Freeze its process for a server that never answers.
final class DNSZone: Sendable {
    /// One entry.
    enum Record: Sendable, Equatable {
        /// An SRV record (RFC 2782); the target without a dot at its end.
        case srv(String, target: String, port: UInt16, priority: UInt16 = 0, weight: UInt16 = 0)
        /// An SRV record with the target `.`: the service is decidedly not available.
        case srvNotOffered(String)
        /// A and AAAA records of a name: IPv4 and IPv6 literals.
        case addresses(String, [String])

        /// A component's SRV record of an XMPP domain.
        static func component(
            of domain: String, at target: String, port: UInt16, priority: UInt16 = 0, weight: UInt16 = 0
        ) -> Record {
            .srv("_xmpp-component._tcp.\(domain)", target: target, port: port, priority: priority, weight: weight)
        }

        /// Lines of dnsmasq's configuration.
        fileprivate var lines: [String] {
            switch self {
            case .srv(let name, let target, let port, let priority, let weight):
                ["srv-host=\(name),\(target),\(port),\(priority),\(weight)"]
            case .srvNotOffered(let name): ["srv-host=\(name)"]
            case .addresses(let name, let literals): literals.map { "host-record=\(name),\($0)" }
            }
        }
    }

    /// UDP and TCP.
    let port: UInt16
    /// The process: log with all queries and answers, signals, freezing.
    let process: ServerProcess
    private let scratch: ScratchDirectory

    /// What `--dns-server` takes.
    var address: String { "127.0.0.1:\(port)" }

    /// Starts it and waits until it listens.
    ///
    /// - Throws: `Program.Missing`, `ServerProcess.Failure` with the log.
    init(_ records: [Record], port: UInt16? = nil) throws {
        self.port = try port ?? FreePorts.reserve()
        scratch = try ScratchDirectory("dns")
        try Self.write(records, port: self.port, in: scratch)
        process = try ServerProcess(
            "dnsmasq", .init(try Program.dnsmasq.path(), ["--no-daemon", "-C", scratch.file("dnsmasq.conf")]),
            in: scratch)
        try process.waitUntilListening(on: [self.port])
    }

    /// What it was asked and what it answered, all runs.
    var log: String { process.log }

    /// Ends it.
    func stop() { process.stop() }

    /// Puts other records in place, on the same port. It is away for some milliseconds meanwhile.
    func replace(with records: [Record]) throws {
        process.stop()
        try Self.write(records, port: port, in: scratch)
        try process.restart()
        try process.waitUntilListening(on: [port])
    }

    private static func write(_ records: [Record], port: UInt16, in scratch: ScratchDirectory) throws {
        // `local=/#/` keeps every question here: nothing is ever asked of another server.
        let head = [
            "port=\(port)", "listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts", "no-negcache",
            "local=/#/", "local-ttl=1", "log-queries",
        ]
        try scratch.write((head + records.flatMap(\.lines)).joined(separator: "\n") + "\n", to: "dnsmasq.conf")
    }
}
