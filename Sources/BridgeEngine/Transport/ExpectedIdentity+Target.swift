extension ExpectedIdentity {
    /// What a server has to prove that was found for an account: the XMPP domain, and the host that was dialled.
    ///
    /// An administrator who writes `localhost` or a loopback address asks for this machine itself: there the domain
    /// alone is enough.
    init(account: ComponentAccount, target: DialTarget) {
        let host: Host
        switch target.host {
        case .name("localhost") where account.server != nil: host = .loopback
        case .name(let name): host = .name(name)
        case .address(let address) where account.server != nil && address.isLoopback: host = .loopback
        case .address(let address): host = .address(address.bytes)
        }
        self.init(domain: account.domain, host: host)
    }
}
