/// The steps from settings to a registered component, in their order.
///
/// The words are part of the HTTP contract (`step`).
public enum ConnectionStep: String, Sendable, CaseIterable, Comparable, Codable {
    case srvLookup, addressLookup, tcpConnect, tlsHandshake, streamOpen, registration

    /// Whether the left one comes first.
    public static func < (left: ConnectionStep, right: ConnectionStep) -> Bool {
        left.position < right.position
    }

    private var position: Int {
        switch self {
        case .srvLookup: 0
        case .addressLookup: 1
        case .tcpConnect: 2
        case .tlsHandshake: 3
        case .streamOpen: 4
        case .registration: 5
        }
    }
}
