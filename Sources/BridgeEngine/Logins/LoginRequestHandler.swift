/// Decides about the logins of clients, for which the XMPP server asks over the component's connection.
///
/// Called from any thread, for many logins at once.
public protocol LoginRequestHandler: Sendable {
    /// Which hosts may ask, as of now. Must not block: it is read for each request, on the bridge's event loop.
    var hosts: LoginHosts { get }

    /// The host that a stanza's `from` names, as ``hosts`` has it: in lower case and A-label form; nil: it names none, but
    /// a user or something else. Servers send internationalised hosts as they are written. Must not block.
    func host(of jid: String) -> String?

    /// Decides about a login that an allowed host asks about.
    ///
    /// The task is cancelled when the connection ends or the time is over (``StepLimits/login``); nobody hears the verdict
    /// then. It should end soon all the same: until then it takes one of the 1,000 places that a connection has.
    func verdict(on request: LoginRequest) async -> LoginVerdict
}

extension LoginRequestHandler {
    /// For hosts in ASCII alone.
    public func host(of jid: String) -> String? { DNSName.normalized(jid) }
}
