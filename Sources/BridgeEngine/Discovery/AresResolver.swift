/// The resolver on c-ares, behind one thread of its own.
///
/// SRV records are asked as they are, addresses through the hosts file first. Names are complete: search domains,
/// `$HOSTALIASES` and the `options` of `resolv.conf` do not count; its `nameserver` lines do, and are read anew for each
/// look-up. A truncated answer is asked again over TCP. A server that fails (SERVFAIL, REFUSED, …) is followed by the
/// next one.
///
/// ```swift
/// let resolver = try AresResolver(servers: [.parse("192.0.2.53")])
/// resolver.lookUpSRV("_xmpp-component._tcp.example.test") { result in … }
/// resolver.shutdown()
/// ```
public final class AresResolver: Resolver {
    private let thread: ResolverThread
    private let limit: Duration

    /// Starts the resolver's thread.
    ///
    /// - Parameters:
    ///   - servers: the DNS servers to ask, in this order; empty (default) means those of `/etc/resolv.conf`, and
    ///     127.0.0.1 where that has none.
    ///   - timeout: the limit of one look-up, from the call to its completion, over all tries and servers; default 5 s.
    /// - Throws: ``ResolverStartError`` where the system gives no thread or no descriptor.
    public convenience init(
        servers: [DNSServerAddress] = [], timeout: Duration = .seconds(5)
    ) throws(ResolverStartError) {
        try self.init(settings: ResolverSettings(servers: servers, limit: timeout))
    }

    init(settings: ResolverSettings) throws(ResolverStartError) {
        self.limit = settings.limit
        self.thread = try ResolverThread(settings: settings)
    }

    deinit { thread.stop() }

    /// Ends the thread and waits for its end. Look-ups that are pending complete with `cancelled` before this returns;
    /// later ones complete with `cancelled` too. A second call returns at once. Called from a completion, it cannot
    /// wait: the thread ends after that completion.
    public func shutdown() {
        thread.stop()
    }

    /// See ``Resolver``.
    @discardableResult
    public func lookUpSRV(
        _ name: String, completion: @escaping @Sendable (Result<[SRVRecord], LookUpFailure>) -> Void
    ) -> any LookUp {
        start(.srv(name)) { completion($0.map(\.records)) }
    }

    /// See ``Resolver``.
    @discardableResult
    public func lookUpAddresses(
        _ host: String, family: AddressFamily,
        completion: @escaping @Sendable (Result<[IPAddress], LookUpFailure>) -> Void
    ) -> any LookUp {
        start(.addresses(host, family)) { completion($0.map(\.addresses)) }
    }

    /// How many contexts c-ares holds: one for each question under way. For tests.
    var liveContexts: Int { thread.live.current }

    private func start(_ question: DNSQuestion, completion: @escaping PendingLookUp.Completion) -> PendingLookUp {
        let lookUp = PendingLookUp(
            question, deadline: .now + limit, on: thread, completion: completion)
        if !thread.submit(lookUp) {
            lookUp.claim(.failure(ResolverThread.shutDown))
            // The resolver's thread is gone, and the completion must not run inside this call.
            Task { lookUp.deliver() }
        }
        return lookUp
    }
}
