/// One thing that is wrong with the server's certificate.
///
/// The text finishes a sentence that begins with "the server's certificate".
enum CertificateProblem: Sendable, Equatable {
    /// The chain does not end in the trust store, or the certificate must not be used for this.
    case untrusted(String)
    /// The issuer's revocation list has it.
    case revoked(String)
    /// A certificate of the chain is past its last day.
    case expired(String)
    /// A certificate of the chain is before its first day.
    case notYetValid(String)
    /// The XMPP domain is not named.
    case domain(String)
    /// The host is not named.
    case host(String)

    /// The word for scripts.
    var reason: FailureReason {
        switch self {
        case .untrusted: .certificateUntrusted
        case .revoked: .certificateRevoked
        case .expired: .certificateExpired
        case .notYetValid: .certificateNotYetValid
        case .domain: .certificateDomainMismatch
        case .host: .certificateHostMismatch
        }
    }

    /// The words for a person.
    var text: String {
        switch self {
        case .untrusted(let text), .revoked(let text), .expired(let text), .notYetValid(let text), .domain(let text),
            .host(let text):
            text
        }
    }

    /// Chain first, and a revocation before what could not be checked, then dates, then domain, then host: the lowest is the reason.
    private var rank: Int {
        switch self {
        case .revoked: 0
        case .untrusted: 1
        case .expired, .notYetValid: 2
        case .domain: 3
        case .host: 4
        }
    }

    /// What names are missing in a certificate.
    static func missingNames(in names: CertificateNames, identity: ExpectedIdentity) -> [CertificateProblem] {
        let check = CertificateNameCheck(names, identity: identity)
        var problems: [CertificateProblem] = []
        if !check.namesDomain {
            problems.append(.domain("does not name the XMPP domain \(identity.domain)"))
        }
        if !check.namesHost {
            switch identity.host {
            case .name(let host): problems.append(.host("does not name the host \(host)"))
            case .address(let bytes):
                problems.append(.host("does not name the address \(CertificateNames.text(ofAddress: bytes))"))
            case .loopback: break
            }
        }
        return problems
    }

    /// The failure a list of problems amounts to: the first in rank is the reason, all are in the detail, and what the
    /// certificate has is said where a name is missing. `nil` where there is no problem.
    static func failure(
        _ problems: [CertificateProblem], names: CertificateNames, subject: String
    ) -> TLSFailure? {
        // By rank; equals stay in the order they were found in, which a sort does not promise.
        let ordered = (0...4).flatMap { rank in problems.filter { $0.rank == rank } }
        guard let first = ordered.first else { return nil }
        var texts: [String] = []
        for problem in ordered where !texts.contains(problem.text) { texts.append(problem.text) }
        var detail = "The server's certificate " + texts.joined(separator: "; it ")
        if ordered.contains(where: { $0.rank >= 3 }) {
            detail += "; " + has(names, subject: subject)
        }
        return TLSFailure(reason: first.reason, detail: detail + ".")
    }

    private static func has(_ names: CertificateNames, subject: String) -> String {
        let printable = names.printable
        guard !printable.isEmpty else {
            let subject = subject.isEmpty ? "" : ", and its subject \(subject) does not count"
            return "it has no subjectAltName\(subject)"
        }
        let limit = 16
        let more = printable.count > limit ? " and \(printable.count - limit) more" : ""
        return "its names are \(printable.prefix(limit).joined(separator: ", "))\(more)"
    }
}
