/// How a bridge behaves, apart from what an administrator configures at run time.
public struct BridgeOptions: Sendable {
    /// How long the steps of an attempt may take.
    public var limits = StepLimits()
    /// Between two pings that show whether the server still routes to the component; default 30 s, zero: none. A dead
    /// connection is noticed within this time and 20 s.
    public var pingInterval: Duration = .seconds(30)
    /// What the component says of its software.
    public var software = SoftwareVersion()
    /// How long a check that does not register listens for an error behind the server's header; for tests.
    var objectionTime: Duration = .milliseconds(250)
    /// Between two statuses of which the second tells nothing but logins; for tests.
    var loginPause: Duration = .seconds(1)
    /// The wall clock; for tests.
    var now: @Sendable () -> Timestamp = { Timestamp.now() }
    /// Puts SRV records into the order in which they are tried; for tests.
    var orderTargets: @Sendable ([SRVRecord]) -> [SRVRecord] = { records in
        var generator = SystemRandomNumberGenerator()
        return SRVSelection.order(records, using: &generator)
    }
    /// Draws a delay from a range; for tests.
    var draw: @Sendable (ClosedRange<Duration>) -> Duration = { range in
        let width = range.upperBound - range.lowerBound
        return range.lowerBound + width * Double.random(in: 0...1)
    }

    /// The defaults.
    public init() {}
}
