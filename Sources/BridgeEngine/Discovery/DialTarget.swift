/// A server to connect to: a host with its port.
struct DialTarget: Sendable, Hashable, CustomStringConvertible {
    let host: ServerAddress.Host
    let port: UInt16

    /// `host:port`, an IPv6 address in brackets.
    var description: String {
        switch host {
        case .name(let name): "\(name):\(port)"
        case .address(let address): Endpoint(address: address, port: port).description
        }
    }
}
