internal import CMicroHTTPD
internal import Glibc

/// One end of a TCP connection: numeric address and port.
struct PeerAddress: Sendable {
    /// What counts as one client for the limits: an IPv4 address, or the /64 network of an IPv6 address.
    struct Client: Hashable, Sendable {
        fileprivate let network: UInt64
        fileprivate let isIPv4: Bool

        fileprivate init(ipv4 octets: [UInt8]) {
            network = octets.reduce(0) { $0 << 8 | UInt64($1) }
            isIPv4 = true
        }

        fileprivate init(ipv6 octets: [UInt8]) {
            network = octets[..<8].reduce(0) { $0 << 8 | UInt64($1) }
            isIPv4 = false
        }

        /// The client of a numeric address as ``PeerAddress/host`` has it; anything else is the client of `::`.
        init(_ host: String) {
            var octets = [UInt8](repeating: 0, count: 16)
            if inet_pton(AF_INET, host, &octets) == 1 {
                self.init(ipv4: Array(octets[..<4]))
            } else {
                _ = inet_pton(AF_INET6, host, &octets)
                self.init(ipv6: octets)
            }
        }
    }

    /// Numeric, without brackets or scope; an IPv4 address mapped into IPv6 is shown as IPv4.
    let host: String
    let port: UInt16
    let client: Client
    /// The `sockaddr_in` or `sockaddr_in6` that it was made from.
    let rawBytes: [UInt8]

    /// The address a socket is bound to; nil with `errno` set.
    init?(localOf descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutableBytes(of: &storage) { bytes in
            getsockname(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
        }
        guard status == 0 else { return nil }
        self.init(storage)
    }

    /// Takes a connection from a listening socket, non-blocking and closed on `exec`.
    ///
    /// - Returns: nil with `errno` set when there is none or it cannot be taken.
    static func accept(from listener: Int32) -> (descriptor: Int32, remote: PeerAddress)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = withUnsafeMutableBytes(of: &storage) { bytes in
            accept4(
                listener, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &length,
                Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
        }
        guard descriptor >= 0 else { return nil }
        guard let remote = PeerAddress(storage) else {
            close(descriptor)
            errno = EAFNOSUPPORT
            return nil
        }
        return (descriptor, remote)
    }

    /// nil for anything but IPv4 and IPv6.
    private init?(_ storage: sockaddr_storage) {
        switch Int32(storage.ss_family) {
        case AF_INET:
            let bytes = withUnsafeBytes(of: storage) { $0.load(as: sockaddr_in.self) }
            let octets = withUnsafeBytes(of: bytes.sin_addr) { Array($0) }
            let raw = withUnsafeBytes(of: bytes) { Array($0) }
            self.init(ipv4: octets, port: UInt16(bigEndian: bytes.sin_port), raw: raw)
        case AF_INET6:
            let bytes = withUnsafeBytes(of: storage) { $0.load(as: sockaddr_in6.self) }
            let octets = withUnsafeBytes(of: bytes.sin6_addr) { Array($0) }
            let port = UInt16(bigEndian: bytes.sin6_port)
            let raw = withUnsafeBytes(of: bytes) { Array($0) }
            if octets[..<10].allSatisfy({ $0 == 0 }), octets[10] == 0xff, octets[11] == 0xff {
                self.init(ipv4: Array(octets[12...]), port: port, raw: raw)
            } else {
                self.init(ipv6: octets, port: port, raw: raw)
            }
        default:
            return nil
        }
    }

    private init(ipv4 octets: [UInt8], port: UInt16, raw: [UInt8]) {
        self.host = Self.text(AF_INET, octets)
        self.port = port
        self.rawBytes = raw
        self.client = Client(ipv4: octets)
    }

    private init(ipv6 octets: [UInt8], port: UInt16, raw: [UInt8]) {
        self.host = Self.text(AF_INET6, octets)
        self.port = port
        self.rawBytes = raw
        self.client = Client(ipv6: octets)
    }

    private static func text(_ family: Int32, _ octets: [UInt8]) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            guard let base = buffer.baseAddress, inet_ntop(family, octets, base, socklen_t(buffer.count)) != nil else {
                return ""
            }
            return String(cString: base)
        }
    }
}
