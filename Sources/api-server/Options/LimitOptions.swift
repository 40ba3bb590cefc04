internal import ArgumentParser
internal import ConfigAPI

/// What one client, and all clients together, may take up.
struct LimitOptions: ParsableArguments {
    private static let standard = HTTPServer.Limits()
    /// Far above what a machine can serve.
    private static let mostConnections = 100_000

    @Option(
        name: .customLong("max-connections"),
        help: .init(
            """
            Connections that are served; further ones are answered with 503. Each takes a file descriptor. \
            (default: \(standard.connections))
            """, valueName: "number"), transform: { try number($0, 1...mostConnections) })
    var connections = standard.connections

    @Option(
        name: .customLong("max-refused-connections"),
        help: .init(
            """
            Connections above the limits that are answered with 503 at a time; even further ones are closed. \
            (default: \(standard.refusedConnections))
            """, valueName: "number"), transform: { try number($0, 0...mostConnections) })
    var refusedConnections = standard.refusedConnections

    @Option(
        name: .customLong("max-connections-per-address"),
        help: .init(
            """
            Connections that are served for one IPv4 address or IPv6 /64 network; further ones are answered with 503. \
            0 for no such limit, as behind a proxy, whose address all clients have. (default: \(standard.connectionsPerAddress))
            """, valueName: "number"), transform: { try number($0, 0...mostConnections) })
    var connectionsPerAddress = standard.connectionsPerAddress

    @Option(
        name: .customLong("max-refused-connections-per-address"),
        help: .init(
            """
            How many of --max-refused-connections one address may have. \
            (default: \(standard.refusedConnectionsPerAddress))
            """, valueName: "number"), transform: { try number($0, 0...mostConnections) })
    var refusedConnectionsPerAddress = standard.refusedConnectionsPerAddress

    @Option(
        name: .customLong("max-header-size"),
        help: .init(
            """
            Memory for the head of a request and what is made of it; a larger one is answered with 431: 4096 to 262144 \
            bytes. (default: \(standard.connectionMemory))
            """, valueName: "bytes"), transform: { try number($0, 4096...262_144) })
    var headerSize = standard.connectionMemory

    @Option(
        name: .customLong("max-body-size"),
        help: .init(
            """
            The body of a request; a larger one is answered with 413: 1024 to 16777216 bytes. \
            (default: \(standard.bodyBytes))
            """, valueName: "bytes"), transform: { try number($0, 1024...16 << 20) })
    var bodySize = standard.bodyBytes

    @Option(
        name: .customLong("idle-timeout"),
        help: .init(
            """
            After how many whole seconds without a byte a connection is closed, unless its answer is being made: 1 to \
            3600. (default: \(standard.idleTimeout))
            """, valueName: "seconds"), transform: { try number($0, 1...3600) })
    var idleTimeout = standard.idleTimeout

    @Option(
        name: .customLong("request-timeout"),
        help: help("How long a client may take to send a whole request", standard.requestDeadline),
        transform: Seconds.parse)
    var requestTimeout = standard.requestDeadline

    @Option(
        name: .customLong("response-timeout"),
        help: help("How long a client may take to receive an answer, streams excepted", standard.responseDeadline),
        transform: Seconds.parse)
    var responseTimeout = standard.responseDeadline

    @Option(
        help: .init(
            """
            After so many wrong passwords for one user from one address (IPv6: /64 network) within a minute, that user's \
            requests from there are answered with 429 for a minute; 0 for no limit. Behind a proxy all clients have its \
            address. (default: 10)
            """, valueName: "number"), transform: { try number($0, 0...100) })
    var passwordAttempts = 10

    /// For the server.
    var limits: HTTPServer.Limits {
        var limits = Self.standard
        limits.connections = connections
        limits.refusedConnections = refusedConnections
        limits.connectionsPerAddress = connectionsPerAddress
        limits.refusedConnectionsPerAddress = refusedConnectionsPerAddress
        limits.connectionMemory = headerSize
        limits.bodyBytes = bodySize
        limits.discardedBodyBytes = max(limits.discardedBodyBytes, bodySize)
        limits.idleTimeout = idleTimeout
        limits.requestDeadline = requestTimeout
        limits.responseDeadline = responseTimeout
        return limits
    }

    private static func help(_ what: String, _ standard: Duration) -> ArgumentHelp {
        .init("\(what): seconds, decimals allowed. (default: \(Seconds.text(standard)))", valueName: "seconds")
    }

    /// Reads a whole number.
    /// - Throws: `ValidationError` for anything else, and for what is out of `range`.
    @Sendable static func number(_ text: String, _ range: ClosedRange<Int>) throws -> Int {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), range.contains(number)
        else {
            throw ValidationError("It is a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}
