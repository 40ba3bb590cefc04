internal import BridgeEngine

/// Names a status in a stream of events: the run of the bridge, and the status's number in it.
struct StatusEventID: Sendable, Equatable {
    let boot: String
    let sequence: UInt64

    init(_ status: BridgeStatus) {
        boot = status.boot
        sequence = status.sequence
    }

    /// Reads `Last-Event-ID`; nil for what no bridge has sent.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = UInt64(parts[1]) else { return nil }
        boot = String(parts[0])
        self.sequence = sequence
    }

    /// As it is sent.
    var text: String { "\(boot)-\(sequence)" }
}
