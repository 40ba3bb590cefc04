@testable import BridgeEngine

extension AttemptReport {
    /// An attempt with something of everything in it.
    static var sample: AttemptReport { sample(revision: 7) }

    /// An attempt with something of everything in it.
    static func sample(revision: Int?) -> AttemptReport {
        let start = Timestamp(milliseconds: 1_795_407_611_532)
        let tls = TLSSessionInfo(
            version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", mutual: true, resumed: false,
            peer: PeerCertificate(
                subject: "CN=example.test", subjectAltNames: ["DNS:example.test"], notBefore: 0,
                notAfter: 1_800_000_000, sha256: String(repeating: "ab", count: 32)))
        let refused = BridgeFailure(
            .registration, .notAuthorized, condition: "not-authorized", "The server <does not> accept it.")
        func step(_ step: ConnectionStep, after milliseconds: Int, _ change: (inout AttemptStep) -> Void) -> AttemptStep
        {
            let isLate = step > .srvLookup
            var result = AttemptStep(
                step: step, server: isLate ? "xmpp1.example.test:5223" : nil,
                address: step > .addressLookup ? "192.0.2.1:5223" : nil,
                startedAt: start.advanced(by: .milliseconds(milliseconds)))
            result.outcome = .succeeded
            result.microseconds = 1042
            change(&result)
            return result
        }
        return AttemptReport(
            revision: revision, jid: "cb1.example.test", source: .srv, startedAt: start, microseconds: 12_007,
            outcome: .failed, failure: refused,
            steps: [
                step(.srvLookup, after: 0) {
                    $0.records = [SRVRecord(priority: 0, weight: 5, port: 5223, target: "xmpp1.example.test")]
                },
                step(.addressLookup, after: 1) { $0.addresses = ["192.0.2.1", "2001:db8::1"] },
                step(.tcpConnect, after: 2) { _ in }, step(.tlsHandshake, after: 3) { $0.tls = tls },
                step(.streamOpen, after: 8) { $0.streamID = "id-1" },
                step(.registration, after: 10) {
                    $0.outcome = .failed
                    $0.failure = refused
                },
            ], omittedSteps: 0)
    }
}
