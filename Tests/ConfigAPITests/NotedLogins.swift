import TestSupport

@testable import BridgeEngine
@testable import ConfigAPI

/// Decides about logins by their name: `accepted`, or a word of the contract for why not. Keeps what it was asked.
final class NotedLogins: LoginRequestHandler {
    let requests = WatchedValue<[LoginRequest]>([])
    /// How many decisions were cancelled before their end.
    let cancelled = WatchedValue(0)
    /// While it is true, no decision comes to its end but by being cancelled.
    let holds = WatchedValue(false)
    /// Whether a decision that is held does not heed its cancellation.
    private let isDeaf: Bool
    private let settings: LoginSettings?

    /// - Parameter settings: say which hosts may ask; nil: the default.
    init(_ settings: LoginSettings? = nil, isDeaf: Bool = false) {
        self.settings = settings
        self.isDeaf = isDeaf
    }

    var hosts: LoginHosts { LoginHosts(listed: settings?.policy.hosts ?? []) }

    func verdict(on request: LoginRequest) async -> LoginVerdict {
        requests.update { $0.append(request) }
        if isDeaf {
            await Task { _ = try? await holds.wait { !$0 } }.value
        } else {
            _ = try? await holds.wait { !$0 }
        }
        if Task.isCancelled { cancelled.update { $0 += 1 } }
        return LoginVerdict(word: request.username)
    }
}

extension LoginVerdict {
    /// All there are, by the word of the contract that tells them apart.
    static let all: [(word: String, verdict: LoginVerdict)] =
        [("accepted", .accepted)] + Refusal.allCases.map { ($0.rawValue, .refused($0)) }
        + Failure.allCases.map { ($0.rawValue, .failed($0)) }

    /// Any other word is a user whom nobody knows.
    init(word: String) {
        self = Self.all.first { $0.word == word }?.verdict ?? .refused(.notAuthorized)
    }

    /// The XML that the API answers.
    var xml: String {
        let fields =
            switch self {
            case .accepted: "<result>accepted</result>"
            case .refused(let refusal): "<result>refused</result><reason>\(refusal.rawValue)</reason>"
            case .failed(let failure): "<result>failed</result><reason>\(failure.rawValue)</reason>"
            }
        return "<loginCheck>\(fields)</loginCheck>"
    }
}
