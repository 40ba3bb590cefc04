/// What a resolver is set to, for its whole life.
struct ResolverSettings: Sendable {
    /// The servers to ask, in this order; empty means those of `resolv.conf`, read anew for each look-up.
    var servers: [DNSServerAddress]
    /// The limit of a look-up from the call to its completion.
    var limit: Duration
    /// How many look-ups are asked at once, each with a socket of its own; further ones wait, and their limit runs.
    var mostActive = 256

    /// How long the first try of a server lasts: a fifth of the limit, so that a lost packet or a dead first server
    /// leaves time for more; 100 ms to 2 s.
    var firstTry: Duration {
        min(max(limit / 5, .milliseconds(100)), .seconds(2))
    }
}
