internal import BridgeEngine
internal import ConfigAPI

extension BridgeStatus {
    /// The state in one line, for the service manager; without anything that is secret.
    var sentence: String {
        switch state {
        case .notConfigured:
            return "not configured: \(missing.map(\.rawValue).joined(separator: ", ")) missing"
        case .connecting:
            return "connecting\(server.map { " to \($0)" } ?? "")\(step.map { ": \($0.rawValue)" } ?? "")"
        case .connected:
            return "connected to \(server ?? "the XMPP server")\(jid.map { " as \($0)" } ?? "")"
        case .waiting:
            let failure = lastFailure.map { ": \($0.failure.reason.rawValue) at \($0.failure.stage.rawValue)" }
            let next = nextAttemptAt.map { "; next attempt at \($0.rfc3339)" }
            return "not connected\(failure ?? "")\(next ?? "")"
        case .stopped:
            return "stopped"
        }
    }
}
