public import BridgeEngine
public import Logging
internal import NIOConcurrencyHelpers

/// Decides about the logins of clients by the policy.
///
/// Guessing is slowed down per name: the XMPP server's host, which all clients share, is not told apart from any other.
public final class LoginGate: LoginRequestHandler {
    /// How many users' proved passwords are remembered; each takes some 200 bytes.
    private static let remembering = 16_384

    private static let waits: Logger.Message =
        "too many wrong passwords: logins of this name are refused for a while"
    /// Some three seconds of proofs: XMPP servers wait for about five, and then it was in vain.
    private static let mostWaiting = 24

    private let settings: LoginSettings
    private let store: Store
    private let prover: PasswordProver<BridgeUser>
    private let service: any LoginService
    /// Wrong passwords of names that the service decides about; the prover counts its own.
    private let guesses: NIOLockedValueBox<GuessLimit>
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    /// Counts what is decided.
    let metrics = LoginMetrics()

    /// - Parameters:
    ///   - store: has the users.
    ///   - settings: who may log in.
    ///   - attempts: wrong passwords for one name within a minute, then that name is refused for a minute; 0: no limit.
    ///   - authorities: what the certificate of an HTTP service must chain to, PEM; nil: the system's authorities.
    ///   - logger: gets a line when a name has to wait, and when the service fails; never a password.
    /// - Throws: where there is no randomness.
    public convenience init(
        store: Store, settings: LoginSettings, attempts: Int = 10, authorities: [UInt8]? = nil, logger: Logger
    ) throws {
        try self.init(
            store: store, settings: settings, attempts: attempts,
            service: HTTPLoginService(authorities: authorities, logger: logger), logger: logger)
    }

    init(
        store: Store, settings: LoginSettings, attempts: Int = 10, cost: PasswordHash.Cost = .standard,
        service: any LoginService, logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) throws {
        self.settings = settings
        self.store = store
        self.service = service
        self.now = now
        self.logger = logger
        guesses = NIOLockedValueBox(GuessLimit(attempts: attempts))
        prover = try PasswordProver(
            cost: cost, attempts: attempts, waitingOfClient: Self.mostWaiting,
            remembering: Self.remembering, decoy: { try store.bridgeDecoy(for: $0) }, logger: logger,
            message: Self.waits, now: now
        ) { name in
            try UserJID(name).flatMap { try store.bridgeUser($0) }
        }
    }

    /// The hosts of the policy.
    public var hosts: LoginHosts { LoginHosts(listed: settings.policy.hosts) }

    /// See `LoginRequestHandler.host(of:)` in BridgeEngine.
    public func host(of jid: String) -> String? { DNSName.normalized(DNSName.aLabels(of: jid)) }

    /// Decides by the policy as it is when the verdict is there: nobody is let in by one that has been replaced meanwhile.
    public func verdict(on request: LoginRequest) async -> LoginVerdict {
        let start = MonotonicClock.nanoseconds
        defer { metrics.decided(nanoseconds: MonotonicClock.nanoseconds - start) }
        var policy = settings.policy
        while true {
            let verdict = await decide(request, by: policy)
            let now = settings.policy
            guard verdict == .accepted, now != policy else { return verdict }
            policy = now
            guard let domain = store.configuration.domain, hosts.allow(request.host, for: domain) else {
                return .refused(.hostNotAllowed)
            }
        }
    }

    private func decide(_ request: LoginRequest, by policy: LoginPolicy) async -> LoginVerdict {
        guard policy.mode != .nobody, let jid = UserJID(username: request.username, host: request.host),
            // Case aside, a server asks with a name that it has prepared. Another one would be one more way to write a
            // user's name, and somebody else at the server.
            jid.username == request.username.lowercased()
        else { return .refused(.notAuthorized) }
        switch policy.mode {
        case .nobody: return .refused(.notAuthorized)
        case .users: return await prove(jid, request.password)
        case .guests: return GuestName.isGuest(jid.username) ? .accepted : .refused(.notAuthorized)
        case .usersAndGuests:
            guard GuestName.isGuest(jid.username) else { return await prove(jid, request.password) }
            do {
                let isUser = try await store.isBridgeUser(jid)
                return isUser ? await prove(jid, request.password) : .accepted
            } catch {
                return .failed(.storeFailed)
            }
        case .http:
            // To some directories this is no password, and no reason to refuse.
            guard request.password.count > 0 else { return .refused(.notAuthorized) }
            guard let url = policy.url else { return .failed(.serviceFailed) }
            return await ask(request, jid, at: url)
        }
    }

    /// Replaces what the certificate of an HTTP service must chain to, PEM; nil: the system's authorities.
    public func trust(_ authorities: [UInt8]?) { service.trust(authorities) }

    /// Forgets the proved passwords, after the users have changed.
    func forgetAll() { prover.forgetAll() }

    private func prove(_ jid: UserJID, _ password: Secret) async -> LoginVerdict {
        let credentials = BasicCredentials(name: jid.description, password: password.prepared)
        if prover.wait(of: credentials.name, from: "") != nil { return .refused(.tooManyAttempts) }
        if prover.remembered(credentials) != nil { return .accepted }
        let isWanted = NIOLockedValueBox(true)
        let verdict = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                prover.verify(credentials, from: "", isWanted: { isWanted.withLockedValue { $0 } }) {
                    continuation.resume(returning: $0)
                }
            }
        } onCancel: {
            isWanted.withLockedValue { $0 = false }
        }
        return switch verdict {
        case .accepted: .accepted
        case .refused: .refused(.notAuthorized)
        case .throttled: .refused(.tooManyAttempts)
        case .unknown: .failed(.storeFailed)
        case .busy: .failed(.tooManyRequests)
        }
    }

    private func ask(_ request: LoginRequest, _ jid: UserJID, at url: String) async -> LoginVerdict {
        let name = GuessLimit.Pair(client: .init(""), name: jid.description)
        let refusal: LoginVerdict? = guesses.withLockedValue { guesses in
            if guesses.wait(for: name, at: now()) != nil { return .refused(.tooManyAttempts) }
            // So many are under way that the limit could be passed; whoever asks comes again.
            return guesses.begin(name, at: now()) == nil ? nil : .failed(.tooManyRequests)
        }
        if let refusal { return refusal }
        let verdict = await service.verdict(on: request, at: url)
        let locked = guesses.withLockedValue {
            $0.end([name], wereWrong: verdict == .refused(.notAuthorized), at: now())
        }
        if !locked.isEmpty {
            let shown = String(jid.description.unicodeScalars.prefix(64))
            logger.notice(Self.waits, metadata: [LogKey.user: "\(shown)"])
        }
        return verdict
    }
}
