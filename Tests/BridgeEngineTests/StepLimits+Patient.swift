@testable import BridgeEngine

extension StepLimits {
    /// Limits that no step reaches on a machine that is busy with other things; a test that waits for one makes that one
    /// short.
    static var patient: StepLimits {
        var limits = StepLimits()
        limits.dns = .seconds(120)
        limits.tcp = .seconds(120)
        limits.tls = .seconds(120)
        limits.stream = .seconds(120)
        limits.registration = .seconds(120)
        limits.attempt = .seconds(600)
        return limits
    }

    /// The same for a server that answers a closing tag.
    static var patientToTheEnd: StepLimits {
        var limits = patient
        limits.close = .seconds(120)
        return limits
    }
}
