/// The failures that a ``DiallingPlan`` finds by itself, in words for an administrator.
struct DiallingFailures {
    let domain: String
    let limits: StepLimits

    /// The name that is asked for the domain's SRV records.
    var serviceName: String { "_xmpp-component._tcp.\(domain)" }

    /// A look-up that was not answered in time.
    var noAnswer: LookUpFailure {
        LookUpFailure(kind: .timedOut, detail: "no DNS answer within \(limits.dns.inWords)")
    }

    /// The one SRV record has the target "." (RFC 2782).
    func serviceNotOffered() -> BridgeFailure {
        BridgeFailure(
            .srvLookup, .dnsServiceNotOffered,
            "The SRV record of \(serviceName) has the target \".\": the domain states that it does not offer the service."
        )
    }

    /// A failure of the domain itself, which was tried because it has no SRV record.
    func afterFallback(_ failure: BridgeFailure) -> BridgeFailure {
        guard failure.reason != .dnsNotFound else { return failure }
        return BridgeFailure(
            failure.stage, failure.reason, condition: failure.condition,
            failure.detail + " (There is no SRV record \(serviceName), so the domain itself was tried.)")
    }

    /// There is no SRV record, so that the domain itself is tried.
    func noRecord() -> BridgeFailure {
        BridgeFailure(
            .srvLookup, .dnsNotFound, "There is no SRV record \(serviceName), so the domain itself is tried.")
    }

    /// There are SRV records, and none has both a host and a port.
    func noUsableRecord() -> BridgeFailure {
        BridgeFailure(
            .srvLookup, .dnsServiceNotOffered,
            "None of the SRV records of \(serviceName) can be used: each has the port 0 or the target \".\".")
    }

    /// No SRV record, and no address of the domain itself either.
    func neitherRecordNorAddress() -> BridgeFailure {
        BridgeFailure(
            .srvLookup, .dnsNotFound, "\(domain) has neither an SRV record \(serviceName) nor an address of its own.")
    }

    func srvLookUp(_ failure: LookUpFailure) -> BridgeFailure {
        BridgeFailure(
            .srvLookup, Self.reason(of: failure, notFound: .dnsNotFound),
            "The look-up of \(serviceName) failed: \(failure.detail).")
    }

    func addressLookUp(of target: DialTarget, _ failure: LookUpFailure) -> BridgeFailure {
        BridgeFailure(
            .addressLookup, Self.reason(of: failure, notFound: .hostNotFound),
            "The look-up of the address of \(target.host.text) failed: \(failure.detail).")
    }

    func attemptTimedOut() -> BridgeFailure {
        BridgeFailure(.addressLookup, .dnsTimeout, "The attempt was ended after \(limits.attempt.inWords).")
    }

    /// A step that took longer than its limit.
    func timeOut(of step: ConnectionStep, _ target: DialTarget, _ endpoint: Endpoint) -> BridgeFailure {
        let server = "\(target) (\(endpoint.address))"
        switch step {
        case .srvLookup, .addressLookup:
            return BridgeFailure(step, .dnsTimeout, "No DNS answer within \(limits.dns.inWords).")
        case .tcpConnect:
            return BridgeFailure(
                step, .connectionTimedOut, "\(server) did not accept a connection within \(limits.tcp.inWords).")
        case .tlsHandshake:
            return BridgeFailure(
                step, .tlsTimedOut, "\(server) did not finish the TLS handshake within \(limits.tls.inWords).")
        case .streamOpen:
            return BridgeFailure(
                step, .streamTimedOut, "\(server) did not open its XML stream within \(limits.stream.inWords).")
        case .registration:
            return BridgeFailure(
                step, .registrationTimedOut,
                "\(server) did not answer the handshake within \(limits.registration.inWords).")
        }
    }

    private static func reason(of failure: LookUpFailure, notFound: FailureReason) -> FailureReason {
        switch failure.kind {
        case .notFound: notFound
        case .timedOut: .dnsTimeout
        case .serverFailure, .cancelled: .dnsServerFailure
        }
    }
}
