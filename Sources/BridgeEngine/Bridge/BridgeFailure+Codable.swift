/// As it is kept: with the contract's words; where a server has sent us is of no use later.
extension BridgeFailure: Codable {
    private enum Key: String, CodingKey {
        case step, reason, condition, detail
    }

    /// Reads a failure.
    /// - Throws: `DecodingError`, also for a word that this version does not know.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let word = try values.decode(String.self, forKey: .step)
        let step = ConnectionStep(rawValue: word)
        guard step != nil || word == Stage.connected.rawValue else {
            throw DecodingError.dataCorruptedError(forKey: .step, in: values, debugDescription: "no step: \(word)")
        }
        self.init(
            step.map { .step($0) } ?? .connected, try values.decode(FailureReason.self, forKey: .reason),
            condition: try values.decodeIfPresent(String.self, forKey: .condition),
            try values.decode(String.self, forKey: .detail))
    }

    /// Writes a failure.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(stage.rawValue, forKey: .step)
        try values.encode(reason, forKey: .reason)
        try values.encodeIfPresent(condition, forKey: .condition)
        try values.encode(detail, forKey: .detail)
    }
}
