/// How long the steps of an attempt, and what follows them, may take.
public struct StepLimits: Sendable, Equatable {
    /// Each DNS look-up; default 5 s.
    public var dns: Duration = .seconds(5)
    /// Each TCP connect; default 10 s.
    public var tcp: Duration = .seconds(10)
    /// A TLS handshake; default 10 s.
    public var tls: Duration = .seconds(10)
    /// From our stream header to the server's; default 10 s.
    public var stream: Duration = .seconds(10)
    /// From our handshake to the server's answer; default 10 s.
    public var registration: Duration = .seconds(10)
    /// A whole attempt over all targets and addresses; default 60 s.
    public var attempt: Duration = .seconds(60)
    /// From a question about a login to its verdict, over a connection that is up; default 10 s.
    public var login: Duration = .seconds(10)
    /// From our closing tag to the server's, before the transport is closed anyway; default 1 s.
    public var close: Duration = .seconds(1)

    /// From the wish that a link ends to its end, whatever the server does.
    var ending: Duration { close + .seconds(1) }

    /// How long a check takes at most, from its begin to the end of what it has reached: somebody waits for it.
    static let longestCheck: Duration = .seconds(60)

    /// The attempt of a check: with the end of what it has reached it is within ``attempt``, and ``longestCheck``.
    var check: Duration {
        let whole = min(attempt, Self.longestCheck)
        return max(whole - ending, whole / 2)
    }

    /// The defaults.
    public init() {}
}
