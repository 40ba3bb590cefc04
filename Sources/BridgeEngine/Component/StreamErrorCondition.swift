/// The stream error conditions of RFC 6120 §4.9.3.
enum StreamErrorCondition: String, Sendable, CaseIterable {
    case badFormat = "bad-format"
    case badNamespacePrefix = "bad-namespace-prefix"
    case conflict
    case connectionTimeout = "connection-timeout"
    case hostGone = "host-gone"
    case hostUnknown = "host-unknown"
    case improperAddressing = "improper-addressing"
    case internalServerError = "internal-server-error"
    case invalidFrom = "invalid-from"
    case invalidNamespace = "invalid-namespace"
    case invalidXML = "invalid-xml"
    case notAuthorized = "not-authorized"
    case notWellFormed = "not-well-formed"
    case policyViolation = "policy-violation"
    case remoteConnectionFailed = "remote-connection-failed"
    case reset
    case resourceConstraint = "resource-constraint"
    case restrictedXML = "restricted-xml"
    case seeOtherHost = "see-other-host"
    case systemShutdown = "system-shutdown"
    case undefinedCondition = "undefined-condition"
    case unsupportedEncoding = "unsupported-encoding"
    case unsupportedFeature = "unsupported-feature"
    case unsupportedStanzaType = "unsupported-stanza-type"
    case unsupportedVersion = "unsupported-version"

    /// Whether the server complains of what we have sent: an error of this program, which nobody can mend by settings.
    var isOurFault: Bool {
        switch self {
        case .badFormat, .badNamespacePrefix, .improperAddressing, .invalidFrom, .invalidNamespace, .invalidXML,
            .notWellFormed, .restrictedXML, .unsupportedEncoding, .unsupportedFeature, .unsupportedStanzaType,
            .unsupportedVersion:
            true
        case .conflict, .connectionTimeout, .hostGone, .hostUnknown, .internalServerError, .notAuthorized,
            .policyViolation, .remoteConnectionFailed, .reset, .resourceConstraint, .seeOtherHost, .systemShutdown,
            .undefinedCondition:
            false
        }
    }
}
