internal import BridgeEngine
internal import Logging
internal import NIOConcurrencyHelpers

/// Asks an HTTP service about logins: `POST` with `{"username":…,"host":…,"resource":…,"password":…}`, of which the
/// resource may be missing. 200 accepts, 401 and 403 refuse, and anything else, or nothing within 5 s, is a failure.
final class HTTPLoginService: LoginService {
    /// How often a service that fails is told of.
    private static let logInterval = Duration.seconds(60)

    private let limit: Duration
    private let transfers: NIOLockedValueBox<HTTPTransfers>
    private let logger: Logger
    private let lastLogged: NIOLockedValueBox<ContinuousClock.Instant?> = .init(nil)

    /// - Parameters:
    ///   - authorities: what the service's certificate must chain to, PEM; nil: the system's certificate authorities.
    ///   - limit: how long an answer may take.
    init(authorities: [UInt8]? = nil, limit: Duration = .seconds(5), logger: Logger) {
        self.limit = limit
        transfers = NIOLockedValueBox(HTTPTransfers(authorities: authorities, limit: limit))
        self.logger = logger
    }

    /// What is under way stays with the old ones; no connection of theirs is used again.
    func trust(_ authorities: [UInt8]?) {
        transfers.withLockedValue { $0 = HTTPTransfers(authorities: authorities, limit: limit) }
    }

    func verdict(on request: LoginRequest, at url: String) async -> LoginVerdict {
        let transfers = transfers.withLockedValue { $0 }
        switch await transfers.post(Self.body(of: request), to: url) {
        case .answered(200): return .accepted
        case .answered(401), .answered(403): return .refused(.notAuthorized)
        case .answered(let status):
            log("The service answered with the status \(status).", url)
            return .failed(.serviceFailed)
        case .timedOut:
            log("The service did not answer in time.", url)
            return .failed(.timedOut)
        case .failed(let detail):
            log(detail, url)
            return .failed(.serviceFailed)
        case .cancelled: return .failed(.timedOut)
        }
    }

    private static func body(of request: LoginRequest) -> Secret {
        var fields: [Document.Field] = [
            .init("username", .text(request.username)), .init("host", .text(request.host)),
        ]
        if let resource = request.resource { fields.append(.init("resource", .text(resource))) }
        let password = request.password.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        fields.append(.init("password", .text(password)))
        return Secret(JSONWriter.bytes(Document("login", fields)))
    }

    /// A service that is away fails at each login: once a minute is enough.
    private func log(_ detail: String, _ url: String) {
        let isDue = lastLogged.withLockedValue { last in
            let now = ContinuousClock.now
            if let last, now - last < Self.logInterval { return false }
            last = now
            return true
        }
        guard isDue else { return }
        logger.warning(
            "the HTTP service for logins fails", metadata: [LogKey.url: "\(url)", LogKey.detail: "\(detail)"])
    }
}
