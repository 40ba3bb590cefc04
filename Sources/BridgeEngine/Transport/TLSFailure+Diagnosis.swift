extension TLSFailure {
    /// Says why a session failed, from OpenSSL's error queue and what was seen before.
    static func diagnose(_ errors: [OpenSSLError], _ evidence: TLSEvidence) -> TLSFailure {
        if let failure = evidence.certificateFailure, errors.contains(where: \.isCertificateRefusal) {
            return failure
        }
        if let alert = errors.lazy.compactMap(\.alert).first {
            return answered(alert, evidence)
        }
        guard evidence.receivedData else {
            return TLSFailure(reason: .tlsFailed, detail: "The TLS handshake failed: \(errors.summary).")
        }
        return TLSFailure(reason: .connectionLost, detail: "The TLS session broke: \(errors.summary).")
    }

    /// The server hung up, or the network did, before our side of the handshake was complete.
    ///
    /// - Parameter cause: the socket's error, where there was one.
    static func closedInHandshake(cause: String? = nil) -> TLSFailure {
        let cause = cause.map { " (\($0))" } ?? ""
        return TLSFailure(
            reason: .tlsFailed, detail: "The server closed the connection during the TLS handshake\(cause).")
    }

    private static func answered(_ alert: TLSAlert, _ evidence: TLSEvidence) -> TLSFailure {
        if alert == .certificateRequired || (evidence.certificateRequested && aboutCertificate.contains(alert)) {
            return clientCertificateRejected(alert, evidence)
        }
        if alert == .unrecognizedName {
            let name = evidence.serverName
            return TLSFailure(
                reason: .serverNameRejected,
                detail: "The server has no host of the name \(name): it answered with the TLS alert \(alert.name).")
        }
        if alert == .protocolVersion {
            return TLSFailure(
                reason: .tlsFailed,
                detail: "The server supports neither TLS 1.2 nor 1.3: it answered with the TLS alert \(alert.name).")
        }
        // In TLS 1.3 the server ends its handshake after we end ours, so until its first data this is still that step.
        guard evidence.receivedData else {
            return TLSFailure(
                reason: .tlsFailed, detail: "The server refused the handshake with the TLS alert \(alert.name).")
        }
        return TLSFailure(
            reason: .connectionLost, detail: "The server ended the session with the TLS alert \(alert.name).")
    }

    private static func clientCertificateRejected(_ alert: TLSAlert, _ evidence: TLSEvidence) -> TLSFailure {
        let story =
            if evidence.certificateSent {
                "The server refused our certificate"
            } else if evidence.hasCertificate {
                "The server wants a certificate, and ours could not be sent because it fits none of the server's"
                    + " signature algorithms"
            } else {
                "The server wants a certificate, and none is configured, so none was sent"
            }
        return TLSFailure(
            reason: .clientCertificateRejected, detail: "\(story): it answered with the TLS alert \(alert.name).")
    }

    /// Alerts by which servers refuse a certificate they asked for. OpenSSL says `handshake_failure` in TLS 1.2 where
    /// none was sent.
    private static let aboutCertificate: Set<TLSAlert> = [
        .handshakeFailure, .badCertificate, .unsupportedCertificate, .certificateRevoked, .certificateExpired,
        .certificateUnknown, .unknownCA, .accessDenied,
    ]
}
