internal import CAres

/// How a question to c-ares ended without an answer. The raw numbers are c-ares' own (`ares.h`).
enum AresStatus: Sendable, Hashable {
    /// The name does not exist.
    case nameNotFound
    /// The name exists, without a record of this type.
    case noRecords
    /// c-ares did not take the name.
    case badName
    /// The server answered FORMERR: it did not understand the question.
    case formatError
    /// The server answered SERVFAIL.
    case serverFailed
    /// The server answered NOTIMP.
    case notImplemented
    /// The server answered REFUSED.
    case refused
    /// The server answered with another response code (RFC 6895 §2.3).
    case responseCode(UInt8)
    /// The answer cannot be parsed.
    case badAnswer
    /// No server could be reached: its port is closed, or there is no route to it.
    case unreachable
    /// No server answered in the tries that c-ares makes.
    case timedOut
    /// The channel was closed before an answer came.
    case closed
    /// Trouble on this machine, in c-ares' words.
    case local(String)

    /// The status behind one of c-ares' numbers.
    init(code: Int32) {
        switch code {
        case ARES_ENOTFOUND: self = .nameNotFound
        case ARES_ENODATA: self = .noRecords
        case ARES_EBADNAME: self = .badName
        case ARES_EFORMERR: self = .formatError
        case ARES_ESERVFAIL: self = .serverFailed
        case ARES_ENOTIMP: self = .notImplemented
        case ARES_EREFUSED: self = .refused
        case ARES_EBADRESP: self = .badAnswer
        case ARES_ECONNREFUSED: self = .unreachable
        case ARES_ETIMEOUT: self = .timedOut
        case ARES_EDESTRUCTION, ARES_ECANCELLED: self = .closed
        default: self = .local(String(cString: ares_strerror(code)))
        }
    }

    /// Whether another DNS server may know better. Not after "unreachable" and "timed out": c-ares has been to all of
    /// them by then.
    var isWorthAnotherServer: Bool {
        switch self {
        case .formatError, .serverFailed, .notImplemented, .refused, .responseCode, .badAnswer: true
        case .nameNotFound, .noRecords, .badName, .unreachable, .timedOut, .closed, .local: false
        }
    }

    /// The failure that the caller gets, in plain words.
    func failure(for question: DNSQuestion) -> LookUpFailure {
        let name = question.name
        let asked = "the \(question.type) record of \(name)"
        return switch self {
        case .nameNotFound:
            LookUpFailure(kind: .notFound, detail: "there is no name \(name) in DNS (NXDOMAIN)")
        case .noRecords:
            LookUpFailure(kind: .notFound, detail: "\(name) has no \(question.type) record")
        case .badName:
            LookUpFailure(kind: .notFound, detail: "\"\(name)\" is not a DNS name")
        case .formatError:
            LookUpFailure(
                kind: .serverFailure,
                detail: "the DNS server did not understand the question for \(asked) (FORMERR)")
        case .serverFailed:
            LookUpFailure(
                kind: .serverFailure, detail: "the DNS server failed to find out \(asked) (SERVFAIL)")
        case .notImplemented:
            LookUpFailure(
                kind: .serverFailure, detail: "the DNS server cannot be asked for \(asked) (NOTIMP)")
        case .refused:
            LookUpFailure(
                kind: .serverFailure, detail: "the DNS server refused to answer for \(asked) (REFUSED)")
        case .responseCode(let code):
            LookUpFailure(
                kind: .serverFailure, detail: "the DNS server answered response code \(code) for \(asked)")
        case .badAnswer:
            LookUpFailure(
                kind: .serverFailure, detail: "the DNS server's answer for \(asked) is malformed")
        case .unreachable:
            LookUpFailure(
                kind: .serverFailure, detail: "no DNS server could be reached to ask for \(asked)")
        case .timedOut:
            LookUpFailure(kind: .timedOut, detail: "no DNS server answered for \(asked)")
        case .closed:
            LookUpFailure(kind: .cancelled, detail: "the look-up of \(asked) was cancelled")
        case .local(let words):
            LookUpFailure(kind: .serverFailure, detail: "cannot ask DNS for \(asked): \(words)")
        }
    }
}
