/// One step of an attempt to connect: towards which server, how long, with which outcome, and what was seen.
public struct AttemptStep: Sendable, Equatable, Codable {
    /// How a step ended. The words are part of the HTTP contract.
    public enum Outcome: String, Sendable, CaseIterable, Codable {
        case succeeded
        /// See ``AttemptStep/failure``.
        case failed
        /// Nobody wanted it any more: another address was quicker, or the attempt had ended.
        case cancelled
    }

    /// Which step.
    public let step: ConnectionStep
    /// The server, `host:port`; nil for the look-up that finds it.
    public let server: String?
    /// The address, `ip:port`, from `tcpConnect` on.
    public let address: String?
    /// When it began.
    public let startedAt: Timestamp
    /// How long it took, in microseconds.
    public internal(set) var microseconds: Int64 = 0
    /// How it ended.
    public internal(set) var outcome = Outcome.cancelled
    /// Why it failed.
    public internal(set) var failure: BridgeFailure?
    /// `srvLookup`: the records in the order in which they are tried.
    public internal(set) var records: [SRVRecord] = []
    /// `addressLookup`: the addresses in the order of the answers.
    public internal(set) var addresses: [String] = []
    /// `tlsHandshake`: what was agreed.
    public internal(set) var tls: TLSSessionInfo?
    /// `streamOpen`: the id that the server gave the stream.
    public internal(set) var streamID: String?

    init(step: ConnectionStep, server: String?, address: String?, startedAt: Timestamp) {
        self.step = step
        self.server = server
        self.address = address
        self.startedAt = startedAt
    }
}
