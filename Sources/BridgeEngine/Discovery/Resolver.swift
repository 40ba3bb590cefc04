/// Asks DNS, one question a call.
///
/// A completion is called exactly once, on any thread, also after a cancel, and never from inside the call that
/// started the look-up or cancelled it, so it may be called with the caller's locks held. It must not block: other
/// look-ups may wait for the same thread.
public protocol Resolver: Sendable {
    /// Looks up the SRV records of `name`, such as `_xmpp-component._tcp.example.test`.
    ///
    /// - Parameters:
    ///   - name: a complete DNS name; a trailing dot is allowed, search domains are never appended.
    ///   - completion: at least one record, in the order of the answer, without duplicates.
    /// - Returns: a handle to cancel with.
    @discardableResult
    func lookUpSRV(
        _ name: String, completion: @escaping @Sendable (Result<[SRVRecord], LookUpFailure>) -> Void
    ) -> any LookUp

    /// Looks up the addresses of `host` of one family: the hosts file, then DNS (A or AAAA).
    ///
    /// - Parameters:
    ///   - host: a complete host name, as above. An IP literal is its own address in its family and `notFound` in the
    ///     other.
    ///   - family: IPv4 or IPv6.
    ///   - completion: at least one address, in the order of the answer, without duplicates.
    /// - Returns: a handle to cancel with.
    @discardableResult
    func lookUpAddresses(
        _ host: String, family: AddressFamily,
        completion: @escaping @Sendable (Result<[IPAddress], LookUpFailure>) -> Void
    ) -> any LookUp
}
