import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import BridgeEngine

@Suite struct `Our certificate` {
    @Test(arguments: TLSTestServerOptions.Version.allCases)
    func `is sent where the server asks, with its chain`(version: TLSTestServerOptions.Version) throws {
        let lab = try TLSLab()
        let clients = try TestCertificateAuthority(name: "Client CA")
        let ours = try clients.issueAuthority(name: "Middle").issue(commonName: "bridge", usages: [.clientAuth])
        let server = try lab.server(.required(clients), newest: version)
        let pair = try TLSPair(try lab.material(client: ours), server)
        try pair.handshake()
        #expect(pair.recorder.infos.map(\.mutual) == [true])
        #expect(server.visits.map(\.clientCommonName) == ["bridge"])
        try pair.server.write(ByteBuffer(string: "welcome"))
        try pair.pump()
        #expect(String(buffer: pair.recorder.received) == "welcome")
    }

    @Test func `is not told as used where the server does not ask, or there is none`() throws {
        let lab = try TLSLab()
        let ours = try lab.authority.issue(commonName: "bridge", usages: [.clientAuth])
        let silent = try TLSPair(try lab.material(client: ours), try lab.server())
        try silent.handshake()
        #expect(silent.recorder.infos.map(\.mutual) == [false])
        let bare = try TLSPair(try lab.material(), try lab.server(.optional(lab.authority)))
        try bare.handshake()
        #expect(bare.recorder.infos.map(\.mutual) == [false])
        #expect(bare.recorder.failures == [])
    }

    enum Ours: String, Sendable, CaseIterable {
        case missing, foreign, expired, notForClients
    }

    @Test(arguments: Ours.allCases, TLSTestServerOptions.Version.allCases)
    func `refused by the server is told as that, also after our side of the handshake`(
        kind: Ours, version: TLSTestServerOptions.Version
    ) throws {
        let lab = try TLSLab()
        let clients = try TestCertificateAuthority(name: "Client CA")
        let ours: TestCertificate? =
            switch kind {
            case .missing: nil
            case .foreign: try TestCertificateAuthority(name: "Other").issue(commonName: "x", usages: [.clientAuth])
            case .expired: try clients.issue(commonName: "x", usages: [.clientAuth], validity: .expired)
            case .notForClients: try clients.issue(commonName: "x", usages: [.serverAuth])
            }
        let pair = try TLSPair(try lab.material(client: ours), try lab.server(.required(clients), newest: version))
        try pair.handshake()
        #expect(pair.recorder.failures.map(\.reason) == [.clientCertificateRejected])
        #expect(pair.recorder.infos.count == (version == .tls13 ? 1 : 0))
        let detail = try #require(pair.recorder.failures.first?.detail)
        switch (kind, version) {
        case (.missing, .tls13):
            #expect(
                detail == "The server wants a certificate, and none is configured, so none was sent: it answered with"
                    + " the TLS alert certificate_required.")
        case (.missing, .tls12):
            #expect(detail.hasSuffix("none was sent: it answered with the TLS alert handshake_failure."))
        case (.foreign, _):
            #expect(detail == "The server refused our certificate: it answered with the TLS alert unknown_ca.")
        case (.expired, _): #expect(detail.hasSuffix("certificate_expired."))
        case (.notForClients, _): #expect(detail.hasSuffix("unsupported_certificate."))
        }
        #expect(!pair.channel.isActive)
        #expect(pair.recorder.otherErrors.isEmpty)
    }
}

@Suite struct `The diagnosis of a TLS failure` {
    private func evidence(requested: Bool = false, sent: Bool = false, configured: Bool = false) -> TLSEvidence {
        let evidence = TLSEvidence(
            serverName: "example.test", identity: TLSPair.identity, verification: .full, hasCertificate: configured)
        evidence.certificateRequested = requested
        evidence.certificateSent = sent
        return evidence
    }

    private func received(_ alert: Int32) -> [OpenSSLError] {
        // OpenSSL reports a peer's alert as reason 1000 + number of its library 20.
        [OpenSSLError(library: 20, reason: 1000 + alert, text: "an alert")]
    }

    @Test(arguments: [Int32](arrayLiteral: 40, 42, 43, 44, 45, 46, 48, 49, 116))
    func `takes an alert about certificates as a refusal of ours where it was asked for`(alert: Int32) {
        let failure = TLSFailure.diagnose(received(alert), evidence(requested: true, sent: true, configured: true))
        #expect(failure.reason == .clientCertificateRejected)
        #expect(failure.detail.hasPrefix("The server refused our certificate"))
        let unasked = TLSFailure.diagnose(received(alert), evidence())
        #expect(unasked.reason == (alert == 116 ? .clientCertificateRejected : .tlsFailed))
    }

    @Test func `says that a configured certificate did not fit`() {
        let failure = TLSFailure.diagnose(received(116), evidence(requested: true, configured: true))
        #expect(failure.detail.contains("could not be sent"))
    }

    @Test(arguments: [Int32](arrayLiteral: 10, 20, 51, 70, 80, 200))
    func `takes other alerts as a failed handshake until data has come, then as a lost connection`(alert: Int32) {
        let evidence = evidence(requested: true, sent: true, configured: true)
        #expect(TLSFailure.diagnose(received(alert), evidence).reason == .tlsFailed)
        evidence.receivedData = true
        let later = TLSFailure.diagnose(received(alert), evidence)
        #expect(later.reason == (alert == 70 ? .tlsFailed : .connectionLost))
    }

    @Test func `always has words`() {
        #expect(TLSFailure.diagnose([], evidence()).detail == "The TLS handshake failed: no further reason given.")
        #expect(TLSAlert(rawValue: 200).name == "alert 200")
    }
}
