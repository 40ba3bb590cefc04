extension ExpectedIdentity {
    /// What a server has to prove that was found for an account: the XMPP domain, and the host that was dialled.
    ///
    /// An administrator who writes `localhost` or a loopback address asks for this machine itself: there the domain
    /// alone is enough.
    init(account: ComponentAccount, target: DialTarget) {
        let host: Host
        let isWritten = account.server != nil && !target.isRedirect
        switch target.host {
        case .name("localhost") where isWritten: host = .loopback
        case .name(let name): host = .name(name)
        case .address(let address) where isWritten && address.isLoopback: host = .loopback
        case .address(let address): host = .address(address.bytes)
        }
        self.init(domain: account.domain, host: host)
    }
}
