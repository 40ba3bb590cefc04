/// A server to connect to: a host with its port.
struct DialTarget: Sendable, Hashable, CustomStringConvertible {
    let host: ServerAddress.Host
    let port: UInt16
    /// Whether the server before it named it (`see-other-host`), so that nobody of ours wrote the host.
    var isRedirect = false

    /// `host:port`, an IPv6 address in brackets.
    var description: String {
        switch host {
        case .name(let name): "\(name):\(port)"
        case .address(let address): Endpoint(address: address, port: port).description
        }
    }
}
