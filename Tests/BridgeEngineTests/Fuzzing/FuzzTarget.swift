/// What is fuzzed. The raw value names the file in `Fuzz` and the folder in `Fuzz/corpus`.
enum FuzzTarget: String, Sendable, CaseIterable {
    case addresses
    case certificate
    case componentStream = "component-stream"
    case dialling
    case dnsAnswer = "dns-answer"
    case nameCheck = "name-check"
    case srvOrder = "srv-order"
    case xmlPieces = "xml-pieces"

    /// Runs the target on an input; throws where an invariant does not hold.
    func check(_ bytes: [UInt8]) throws(FuzzFinding) {
        switch self {
        case .addresses: try AddressesFuzz.check(bytes)
        case .certificate: try CertificateFuzz.check(bytes)
        case .componentStream: try ComponentStreamFuzz.check(bytes)
        case .dialling: try DiallingFuzz.check(bytes)
        case .dnsAnswer: try DNSAnswerFuzz.check(bytes)
        case .nameCheck: try NameCheckFuzz.check(bytes)
        case .srvOrder: try SRVOrderFuzz.check(bytes)
        case .xmlPieces: try XMLPiecesFuzz.check(bytes)
        }
    }
}
