/// Why an attempt failed or a connection ended.
public struct BridgeFailure: Error, Sendable, Equatable {
    /// Where it happened: a step of an attempt, or the established connection.
    public enum Stage: Sendable, Hashable, Comparable {
        case step(ConnectionStep)
        case connected

        /// The word that the HTTP contract uses.
        public var rawValue: String {
            switch self {
            case .step(let step): step.rawValue
            case .connected: "connected"
            }
        }
    }

    /// Where it happened.
    public let stage: Stage
    /// The word for scripts.
    public let reason: FailureReason
    /// The stream error's condition (RFC 6120 §4.9.3) where there was one.
    public let condition: String?
    /// A sentence for an administrator; never holds a secret.
    public let detail: String
    /// Where the server sends us (`see-other-host`).
    let redirect: ServerAddress?

    init(
        _ stage: Stage, _ reason: FailureReason, condition: String? = nil, _ detail: String,
        redirect: ServerAddress? = nil
    ) {
        self.redirect = redirect
        self.stage = stage
        self.reason = reason
        self.condition = condition
        self.detail = detail
    }

    init(
        _ step: ConnectionStep, _ reason: FailureReason, condition: String? = nil, _ detail: String,
        redirect: ServerAddress? = nil
    ) {
        self.init(.step(step), reason, condition: condition, detail, redirect: redirect)
    }
}
