import Testing

@testable import BridgeEngine

@Suite struct `Certificate problems` {
    static let all: [CertificateProblem] = [
        .host("does not name the host h"), .domain("does not name the XMPP domain d"), .expired("expired on x"),
        .untrusted("is not trusted"), .revoked("has been revoked"),
    ]

    @Test(arguments: [
        (5, FailureReason.certificateRevoked), (4, .certificateUntrusted), (3, .certificateExpired),
        (2, .certificateDomainMismatch), (1, .certificateHostMismatch),
    ])
    func `the first in the order revocation, chain, dates, domain, host is the reason and all are in the detail`(
        count: Int, reason: FailureReason
    ) throws {
        let problems = Array(Self.all.prefix(count))
        let failure = try #require(
            CertificateProblem.failure(problems, names: CertificateNames(entries: [.dns("other.test")]), subject: ""))
        #expect(failure.reason == reason)
        for problem in problems { #expect(failure.detail.contains(problem.text)) }
        #expect(failure.detail.contains("its names are DNS:other.test"))
    }

    @Test func `no problem is no failure`() {
        #expect(CertificateProblem.failure([], names: CertificateNames(entries: []), subject: "") == nil)
    }

    @Test func `a certificate without names is told that its common name does not count`() throws {
        let names = CertificateNames(entries: [])
        let problems = CertificateProblem.missingNames(in: names, identity: TLSPair.identity)
        let failure = try #require(CertificateProblem.failure(problems, names: names, subject: "CN=example.test"))
        #expect(
            failure
                == TLSFailure(
                    reason: .certificateDomainMismatch,
                    detail: "The server's certificate does not name the XMPP domain example.test; it does not name"
                        + " the host xmpp1.example.test; it has no subjectAltName, and its subject CN=example.test"
                        + " does not count."))
    }

    @Test func `a long list of names is cut`() throws {
        let names = CertificateNames(entries: (1...40).map { .dns("n\($0).test") })
        let failure = try #require(
            CertificateProblem.failure([.domain("does not name it")], names: names, subject: ""))
        #expect(failure.detail.hasSuffix("DNS:n16.test and 24 more."))
    }
}
