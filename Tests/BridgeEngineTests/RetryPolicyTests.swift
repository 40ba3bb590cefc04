import Testing

@testable import BridgeEngine

@Suite struct RetryPolicyTests {
    private static func connected(_ condition: String?) -> BridgeFailure {
        BridgeFailure(.connected, condition == nil ? .connectionLost : .streamError, condition: condition, "x")
    }

    @Test(arguments: [
        (0, 500, 1000), (1, 1000, 2000), (2, 2000, 4000), (5, 16000, 32000), (6, 30000, 60000), (1000, 30000, 60000),
    ]) func `a failed attempt doubles its wait up to a minute`(retries: Int, least: Int, most: Int) {
        let failure = BridgeFailure(.tcpConnect, .connectionRefused, "x")
        #expect(RetryPolicy.delay(after: failure, retries: retries) == .milliseconds(least) ... .milliseconds(most))
    }

    @Test(arguments: [
        (Self.connected(nil), 0, 1000), (Self.connected("system-shutdown"), 0, 1000),
        (Self.connected("connection-timeout"), 0, 1000), (Self.connected("reset"), 0, 0),
        (Self.connected("conflict"), 10000, 20000), (Self.connected("not-authorized"), 15000, 30000),
        (Self.connected("host-gone"), 15000, 30000), (Self.connected("resource-constraint"), 500, 1000),
        (BridgeFailure(.registration, .notAuthorized, condition: "not-authorized", "x"), 15000, 30000),
        (BridgeFailure(.registration, .unknownComponent, condition: "host-unknown", "x"), 15000, 30000),
        (BridgeFailure(.registration, .nameInUse, condition: "conflict", "x"), 500, 1000),
    ]) func `the first wait fits what happened`(failure: BridgeFailure, least: Int, most: Int) {
        #expect(RetryPolicy.delay(after: failure, retries: 0) == .milliseconds(least) ... .milliseconds(most))
    }

    /// The wait after a connection that was lost for the second time before it was stable.
    @Test(arguments: [
        (Self.connected(nil), 1000, 2000), (Self.connected("system-shutdown"), 1000, 2000),
        (Self.connected("reset"), 1000, 2000), (Self.connected("conflict"), 20000, 40000),
        (Self.connected("host-unknown"), 30000, 60000),
        (BridgeFailure(.registration, .notAuthorized, condition: "not-authorized", "x"), 30000, 60000),
        (BridgeFailure(.registration, .nameInUse, condition: "conflict", "x"), 1000, 2000),
    ]) func `the second wait is longer`(failure: BridgeFailure, least: Int, most: Int) {
        #expect(RetryPolicy.delay(after: failure, retries: 1) == .milliseconds(least) ... .milliseconds(most))
    }

    /// RFC 6120's conditions, each after a stable connection.
    @Test(arguments: StreamErrorCondition.allCases) func `every condition has its wait`(
        condition: StreamErrorCondition
    ) {
        let expected: ClosedRange<Duration> =
            switch condition {
            case .reset: .zero ... .zero
            case .systemShutdown, .connectionTimeout, .seeOtherHost: .zero ... .seconds(1)
            case .conflict: .seconds(10) ... .seconds(20)
            case .hostUnknown, .hostGone, .notAuthorized: .seconds(15) ... .seconds(30)
            default: .milliseconds(500) ... .seconds(1)
            }
        #expect(RetryPolicy.delay(after: Self.connected(condition.rawValue), retries: 0) == expected)
    }

    @Test func `no wait is ever longer than a minute or has an upper half that is not above the lower`() {
        let failures =
            StreamErrorCondition.allCases.map { Self.connected($0.rawValue) } + [
                Self.connected(nil), BridgeFailure(.tcpConnect, .connectionRefused, "x"),
            ]
        for failure in failures {
            var longest = Duration.zero
            for retries in [0, 1, 2, 3, 4, 5, 6, 7, 62, 63, 64, 1000, Int.max] {
                let range = RetryPolicy.delay(after: failure, retries: retries)
                #expect(range.upperBound <= .seconds(60))
                #expect(range.upperBound >= longest, "waits never shrink")
                longest = range.upperBound
            }
            #expect(longest == .seconds(60))
        }
    }

    @Test func `a connection is stable after a minute`() {
        #expect(RetryPolicy.stableAfter == .seconds(60))
    }
}
