/// The state of the connection to the XMPP server at one moment.
public struct BridgeStatus: Sendable, Equatable {
    /// What the bridge is doing. The words are part of the HTTP contract.
    public enum State: String, Sendable, CaseIterable {
        case notConfigured, connecting, connected, waiting, stopped
    }

    /// How the server was found. The words are part of the HTTP contract.
    public enum Source: String, Sendable, Codable {
        case override, srv
    }

    /// A failure and when it happened.
    public struct LastFailure: Sendable, Equatable {
        /// What failed.
        public let failure: BridgeFailure
        /// When.
        public let at: Timestamp
    }

    /// A time without a connection, under one configuration or several.
    public struct Outage: Sendable, Equatable {
        /// Names this outage: 16 random bytes.
        public let id: [UInt8]
        /// When the last connection was lost, or the configuration became complete; no clock that is set counts here.
        public let since: ContinuousClock.Instant
        /// The last failure in that time, also under an earlier configuration.
        public internal(set) var failure: BridgeFailure?
    }

    /// Facts about the state that want attention. The words are part of the HTTP contract.
    public enum Warning: String, Sendable, CaseIterable {
        /// The server's certificate is not checked at all.
        case verificationOff
        /// While connected: the server showed another certificate at the last connection.
        case certificateChanged
        /// While connected: the server's certificate has no more than 30 days left.
        case certificateEndsSoon
        /// Another connection seems to have our name.
        case duplicateSuspected
    }

    /// What the bridge is doing.
    public var state: State
    /// While connecting: the step that is under way.
    public var step: ConnectionStep?
    /// The configuration revision that this is about.
    public var revision: Int
    /// Whether a shared secret is configured.
    public var sharedSecretSet: Bool
    /// While not configured: the parameters that are missing.
    public var missing: [BridgeSettings.Parameter]
    /// The component's JID, once there is one.
    public var jid: String?
    /// The server as configured or found, `host:port`.
    public var server: String?
    /// The address in use, `ip:port`.
    public var address: String?
    /// How the server was found.
    public var source: Source?
    /// While connected: the TLS session.
    public var tls: TLSSessionInfo?
    /// Attempts since the last connection, or since the configuration changed.
    public var attempts: Int
    /// The last failure under the current configuration.
    public var lastFailure: LastFailure?
    /// While waiting: when the next attempt starts.
    public var nextAttemptAt: Timestamp?
    /// When this state began.
    public var since: Timestamp
    /// While a complete configuration has no connection.
    public var outage: Outage?
    /// While connected: the logins that the server has asked about since. A number of them may be told together.
    public var loginRequests: LoginCounts?
    /// Facts that want attention.
    public var warnings: [Warning]
    /// Grows with each published status of this run.
    public var sequence: UInt64
    /// A random word that differs from run to run.
    public var boot: String
}
