internal import Glibc
internal import NIOConcurrencyHelpers

/// The sockets of ``DNSTestServer``. All but ``wake()`` belongs to the server's thread, ``close()`` to whoever has
/// joined it.
final class DNSTestSockets: Sendable {
    /// The port of both, in host order.
    let port: UInt16
    private let udp: Int32
    private let listener: Int32
    private let wakeUpRead: Int32
    private let wakeUpWrite: Int32
    /// TCP connections and what has come on them. Under a lock for the compiler's sake; one thread uses it at a time.
    private let connections = NIOLockedValueBox<[Int32: [UInt8]]>([:])

    /// Binds UDP and TCP to one port. The system picks TCP's; where that number is taken for UDP it picks another one.
    init() throws {
        var pipeEnds: [Int32] = [-1, -1]
        guard pipe(&pipeEnds) == 0 else { throw DNSTestServer.StartError(description: "no pipe: errno \(errno)") }
        (wakeUpRead, wakeUpWrite) = (pipeEnds[0], pipeEnds[1])
        var refused: [Int32] = []
        defer { for descriptor in refused { Glibc.close(descriptor) } }
        for _ in 0..<20 {
            let tcp = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard let port = Self.bind(tcp, port: 0), listen(tcp, 16) == 0 else {
                throw DNSTestServer.StartError(description: "no TCP port: errno \(errno)")
            }
            let udp = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            if Self.bind(udp, port: port) != nil {
                var size: Int32 = 4 << 20
                setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout.size(ofValue: size)))
                (self.port, self.udp, self.listener) = (port, udp, tcp)
                return
            }
            // Kept until the end, so that the system does not offer the same port again.
            refused += [tcp, udp]
        }
        throw DNSTestServer.StartError(description: "no port is free for both UDP and TCP")
    }

    /// Makes ``receive(_:)`` return. From any thread.
    func wake() {
        var byte: UInt8 = 1
        _ = write(wakeUpWrite, &byte, 1)
    }

    /// Waits until something comes and hands over each query.
    func receive(_ handle: ([UInt8], DNSTestServer.Client) -> Void) {
        let streams = connections.withLockedValue { Array($0.keys) }
        var entries = ([wakeUpRead, udp, listener] + streams).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&entries, nfds_t(entries.count), -1) > 0 else { return }
        for entry in entries where entry.revents != 0 {
            switch entry.fd {
            case wakeUpRead:
                var bytes = [UInt8](repeating: 0, count: 64)
                _ = read(wakeUpRead, &bytes, bytes.count)
            case udp:
                receiveDatagrams(handle)
            case listener:
                let stream = accept(listener, nil, nil)
                if stream >= 0 { connections.withLockedValue { $0[stream] = [] } }
            default:
                receiveStream(entry.fd, handle)
            }
        }
    }

    /// Sends a response. A client that has gone is no error.
    func send(_ bytes: [UInt8], to client: DNSTestServer.Client) {
        switch client {
        case .udp(var address):
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    sendto(udp, bytes, bytes.count, 0, address, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .tcp(let stream):
            guard connections.withLockedValue({ $0[stream] != nil }) else { return }
            let message = [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
            var sent = 0
            while sent < message.count {
                let count = message[sent...].withUnsafeBytes {
                    Glibc.send(stream, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    /// Closes everything; nothing may be called after it.
    func close() {
        let streams = connections.withLockedValue { connections in
            defer { connections = [:] }
            return Array(connections.keys)
        }
        for descriptor in [udp, listener, wakeUpRead, wakeUpWrite] + streams { Glibc.close(descriptor) }
    }

    private func receiveDatagrams(_ handle: ([UInt8], DNSTestServer.Client) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    recvfrom(udp, &buffer, buffer.count, Int32(MSG_DONTWAIT), address, &length)
                }
            }
            guard count >= 0 else { return }
            handle(Array(buffer.prefix(count)), .udp(address))
        }
    }

    private func receiveStream(_ stream: Int32, _ handle: ([UInt8], DNSTestServer.Client) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(stream, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 0 else {
            connections.withLockedValue { $0[stream] = nil }
            Glibc.close(stream)
            return
        }
        let queries = connections.withLockedValue { connections -> [[UInt8]] in
            var bytes = (connections[stream] ?? []) + buffer.prefix(count)
            var queries: [[UInt8]] = []
            while bytes.count >= 2 {
                let length = Int(bytes[0]) << 8 | Int(bytes[1])
                guard bytes.count >= 2 + length else { break }
                queries.append(Array(bytes[2..<2 + length]))
                bytes.removeFirst(2 + length)
            }
            connections[stream] = bytes
            return queries
        }
        for query in queries { handle(query, .tcp(stream)) }
    }

    /// Binds to 127.0.0.1.
    ///
    /// - Returns: the port that it has then; nil if it cannot be bound.
    private static func bind(_ descriptor: Int32, port: UInt16) -> UInt16? {
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Glibc.bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        return isBound ? UInt16(bigEndian: address.sin_port) : nil
    }
}
