internal import ArgumentParser
internal import BridgeEngine

/// How long the steps of an attempt to connect may take.
struct TimeLimitOptions: ParsableArguments {
    private static let standard = StepLimits()

    @Option(name: .customLong("dns-timeout"), help: help("Each DNS look-up", standard.dns), transform: Seconds.parse)
    var dns = standard.dns

    @Option(name: .customLong("tcp-timeout"), help: help("Each TCP connect", standard.tcp), transform: Seconds.parse)
    var tcp = standard.tcp

    @Option(name: .customLong("tls-timeout"), help: help("A TLS handshake", standard.tls), transform: Seconds.parse)
    var tls = standard.tls

    @Option(
        name: .customLong("stream-timeout"), help: help("From our stream header to the server's", standard.stream),
        transform: Seconds.parse)
    var stream = standard.stream

    @Option(
        name: .customLong("registration-timeout"),
        help: help("From our handshake to the server's answer", standard.registration), transform: Seconds.parse)
    var registration = standard.registration

    @Option(
        name: .customLong("attempt-timeout"),
        help: help("A whole attempt, over all servers and addresses", standard.attempt), transform: Seconds.parse)
    var attempt = standard.attempt

    /// Whether any of them is given, with another value than its default.
    var isGiven: Bool { stepLimits != Self.standard }

    /// For the bridge.
    var stepLimits: StepLimits {
        var limits = StepLimits()
        limits.dns = dns
        limits.tcp = tcp
        limits.tls = tls
        limits.stream = stream
        limits.registration = registration
        limits.attempt = attempt
        return limits
    }

    private static func help(_ what: String, _ standard: Duration) -> ArgumentHelp {
        .init("\(what): seconds, decimals allowed. (default: \(Seconds.text(standard)))", valueName: "seconds")
    }
}
