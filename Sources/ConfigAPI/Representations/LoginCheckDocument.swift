internal import BridgeEngine

extension Document {
    /// What became of a login.
    init(loginCheck verdict: LoginVerdict) {
        let words: (result: String, reason: String?) =
            switch verdict {
            case .accepted: ("accepted", nil)
            case .refused(let refusal): ("refused", refusal.rawValue)
            case .failed(let failure): ("failed", failure.rawValue)
            }
        var fields = [Field("result", .text(words.result))]
        if let reason = words.reason { fields.append(Field("reason", .text(reason))) }
        self.init(LoginCheckResource.root, fields)
    }
}
