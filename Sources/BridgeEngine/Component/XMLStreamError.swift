/// Why a stream's bytes can't be accepted, as the stream error that says so to the peer (RFC 6120 §4.9.3).
struct XMLStreamError: Error, Sendable, Equatable {
    /// The condition to send.
    enum Condition: String, Sendable {
        case notWellFormed = "not-well-formed"
        case policyViolation = "policy-violation"
        case restrictedXML = "restricted-xml"
    }

    let condition: Condition
    /// What was wrong, for an administrator.
    let detail: String
}
