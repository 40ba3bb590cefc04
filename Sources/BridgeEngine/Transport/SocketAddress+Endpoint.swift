internal import NIOCore

extension SocketAddress {
    /// The socket address of an endpoint.
    init(_ endpoint: Endpoint) throws {
        try self.init(ipAddress: endpoint.address.description, port: Int(endpoint.port))
    }
}
