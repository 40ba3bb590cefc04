/// An address with its port.
struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    let address: IPAddress
    let port: UInt16

    /// `ip:port`, an IPv6 address in brackets.
    var description: String {
        switch address.family {
        case .v4: "\(address):\(port)"
        case .v6: "[\(address)]:\(port)"
        }
    }
}
