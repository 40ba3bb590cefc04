/// How long to wait before the next attempt: a range, from which the caller draws at random.
///
/// | what failed | 1st wait | 2nd | 3rd | … | at most |
/// |---|---|---|---|---|---|
/// | a connection was lost, for the first time since it was stable | 0–1 s | as an attempt | | | |
/// | the server asked for a new connection (`reset`) | 0 | as an attempt | | | |
/// | an attempt | 0.5–1 s | 1–2 s | 2–4 s | … | 30–60 s |
/// | somebody else has taken the name | 10–20 s | 20–40 s | 30–60 s | … | 30–60 s |
/// | the configuration was refused | 15–30 s | 30–60 s | 30–60 s | … | 30–60 s |
enum RetryPolicy {
    /// A connection that has lasted so long is stable: the count of retries starts anew.
    static let stableAfter = Duration.seconds(60)
    private static let longest = 60

    /// The range of the wait after `failure`.
    /// - Parameter retries: how many waits there were since the configuration changed or a connection was stable.
    static func delay(after failure: BridgeFailure, retries: Int) -> ClosedRange<Duration> {
        let condition = failure.condition.flatMap(StreamErrorCondition.init)
        switch (failure.stage, condition) {
        case (_, .notAuthorized), (_, .hostUnknown), (_, .hostGone): return upperHalf(base: 30, retries)
        case (.connected, .conflict): return upperHalf(base: 20, retries)
        case (.connected, .reset) where retries == 0: return .zero ... .zero
        case (.connected, nil) where retries == 0: return .zero ... .seconds(1)
        case (.connected, .seeOtherHost) where retries == 0: return .zero ... .seconds(1)
        case (.connected, .systemShutdown) where retries == 0: return .zero ... .seconds(1)
        case (.connected, .connectionTimeout) where retries == 0: return .zero ... .seconds(1)
        default: return upperHalf(base: 1, retries)
        }
    }

    /// `[cap/2, cap]`, with the cap doubling from `base` seconds.
    private static func upperHalf(base: Int, _ retries: Int) -> ClosedRange<Duration> {
        let cap = min(longest, base << min(retries, 6))
        return .milliseconds(cap * 500) ... .seconds(cap)
    }
}
