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
}
