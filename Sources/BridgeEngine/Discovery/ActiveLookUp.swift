/// A look-up that is being asked: its channel, and what to do when a channel ends without an answer.
///
/// - Another server may know better: a channel with the servers that are left. (A server that stayed silent before the
///   one that failed is skipped too late at worst: one is asked twice.)
/// - c-ares gives up before the limit is over: once more, from a fresh port.
/// - `localhost` is not in the hosts file: the loopback address (RFC 6761 §6.3).
///
/// Confined to the resolver's thread.
final class ActiveLookUp {
    /// Whose question it is.
    let lookUp: PendingLookUp
    /// The channel that is asking now; nil after the end.
    private(set) var channel: AresChannel?

    private let settings: ResolverSettings
    private let live: LiveCount
    /// All servers; empty until a failure makes it matter.
    private var servers: [DNSServerAddress]
    /// How many of them have failed.
    private var failedServers = 0
    /// What the last of the failed ones said.
    private var lastFailure: LookUpFailure?

    /// Asks at once.
    init(_ lookUp: PendingLookUp, settings: ResolverSettings, live: LiveCount) {
        self.lookUp = lookUp
        self.settings = settings
        self.live = live
        self.servers = settings.servers
        ask()
    }

    /// Claims the look-up's result where there is one by now.
    ///
    /// - Returns: whether the look-up has its result, whoever claimed it.
    func settle(now: ContinuousClock.Instant) -> Bool {
        while !lookUp.isClaimed, let outcome = channel?.outcome {
            switch outcome {
            case .found(let answer):
                lookUp.claim(.success(answer))
            case .failed(.timedOut) where now >= lookUp.deadline:
                lookUp.claim(.failure(timeOut))
            case .failed(let status):
                if !tryAgain(after: status) { lookUp.claim(result(of: status)) }
            }
        }
        if now >= lookUp.deadline { lookUp.claim(.failure(timeOut)) }
        return lookUp.isClaimed
    }

    /// Ends it. To be called before the object is dropped.
    func close() {
        channel?.close()
        channel = nil
    }

    /// Ends it for want of something on this machine.
    func fail(_ words: String) {
        lookUp.claim(.failure(AresStatus.local(words).failure(for: lookUp.question)))
    }

    /// Opens the next channel if the failure is not the last word.
    private func tryAgain(after status: AresStatus) -> Bool {
        if lookUp.question.isLocalhost { return false }
        if status == .timedOut {
            ask()
            return channel != nil
        }
        guard status.isWorthAnotherServer else { return false }
        if servers.isEmpty { servers = channel?.servers ?? [] }
        failedServers += 1
        lastFailure = status.failure(for: lookUp.question)
        guard failedServers < servers.count else { return false }
        ask()
        return channel != nil
    }

    /// The result of a look-up whose last channel ended with `status`.
    private func result(of status: AresStatus) -> Result<DNSAnswer, LookUpFailure> {
        if case .addresses(_, let family) = lookUp.question, lookUp.question.isLocalhost {
            return .success(DNSAnswer(addresses: [.loopback(family)]))
        }
        // "Unreachable" after another server's SERVFAIL: the answer says more than the silence.
        if status == .unreachable, let lastFailure { return .failure(lastFailure) }
        return .failure(status.failure(for: lookUp.question))
    }

    private var timeOut: LookUpFailure {
        let failure = AresStatus.timedOut.failure(for: lookUp.question)
        let earlier = lastFailure.map { "; another one did: \($0.detail)" } ?? ""
        return LookUpFailure(kind: failure.kind, detail: "\(failure.detail) within \(settings.limit)\(earlier)")
    }

    private func ask() {
        close()
        guard let name = lookUp.question.wireName else {
            lookUp.claim(.failure(AresStatus.badName.failure(for: lookUp.question)))
            return
        }
        var options = AresChannel.Options()
        options.servers = Array(servers.dropFirst(failedServers))
        options.firstTry = settings.firstTry
        options.hostsFileOnly = lookUp.question.isLocalhost
        do throws(AresChannelError) {
            let channel = try AresChannel(options, live: live)
            // c-ares 1.18.1 leaks its copy of the name when it answers "localhost", in lower case, by itself. The hosts
            // file is searched without regard to case, and what it does not have is answered by us.
            channel.ask(lookUp.question, name: options.hostsFileOnly ? name.uppercased() : name)
            self.channel = channel
        } catch {
            lookUp.claim(.failure(error.status.failure(for: lookUp.question)))
        }
    }
}
