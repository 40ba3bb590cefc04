internal import BridgeEngine

extension LoginVerdict {
    /// What became of it, without the reason. The words are part of the HTTP contract and of the metrics.
    enum Outcome: String, Sendable, CaseIterable {
        case accepted, refused, failed
    }

    /// What became of it.
    var outcome: Outcome {
        switch self {
        case .accepted: .accepted
        case .refused: .refused
        case .failed: .failed
        }
    }

    /// Why it was not accepted, in the contract's words; nil where it was.
    var reason: String? {
        switch self {
        case .accepted: nil
        case .refused(let refusal): refusal.rawValue
        case .failed(let failure): failure.rawValue
        }
    }

    /// All that there are.
    static let allCases = [.accepted] + Refusal.allCases.map(Self.refused) + Failure.allCases.map(Self.failed)
}
