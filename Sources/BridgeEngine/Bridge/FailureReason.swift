/// Why an attempt or a connection ended: one stable word for scripts.
///
/// The words are part of the HTTP contract (`lastFailure.reason`); a case is never renamed.
public enum FailureReason: String, Sendable, CaseIterable, Codable {
    // Look-up of `_xmpp-component._tcp.<domain>`.
    case dnsNotFound, dnsServiceNotOffered, dnsTimeout, dnsServerFailure
    // Look-up of the server's addresses.
    case hostNotFound
    // TCP.
    case connectionRefused, connectionTimedOut, networkUnreachable
    // TLS.
    case tlsFailed, tlsTimedOut, notTLS, serverNameRejected
    case certificateUntrusted, certificateExpired, certificateNotYetValid, certificateRevoked
    case certificateDomainMismatch, certificateHostMismatch, clientCertificateRejected
    // The XML stream.
    case streamTimedOut, streamError, protocolViolation, connectionLost
    // Registration (XEP-0114).
    case notAuthorized, unknownComponent, nameInUse, registrationTimedOut
    // After registration.
    case serverShutdown, pingTimedOut, componentUnroutable, replaced

    /// Whether the server has refused the registration: the other servers share its secret and would do so too.
    var isRefusal: Bool {
        switch self {
        case .notAuthorized, .unknownComponent, .nameInUse: true
        default: false
        }
    }
}
