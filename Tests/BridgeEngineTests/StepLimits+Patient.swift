@testable import BridgeEngine

extension StepLimits {
    /// Limits that no step reaches on a machine that is busy with other things; a test that waits for one makes that one
    /// short.
    static var patient: StepLimits {
        var limits = StepLimits()
        limits.dns = .seconds(60)
        limits.tcp = .seconds(60)
        limits.tls = .seconds(60)
        limits.stream = .seconds(60)
        limits.registration = .seconds(60)
        limits.attempt = .seconds(300)
        return limits
    }
}
