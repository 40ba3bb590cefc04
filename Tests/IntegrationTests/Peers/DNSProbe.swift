import Foundation
import Glibc

/// Asks a DNS server on 127.0.0.1 with one datagram written by hand: no resolver in between.
struct DNSProbe {
    /// The head of an answer (RFC 1035 §4.1.1).
    struct Answer: Equatable {
        /// RCODE: 0 no error, 2 server failure, 3 no such name, 5 refused.
        var code: UInt8
        /// The number of records in the answer section.
        var answers: UInt16
    }

    /// The server's UDP port.
    let port: UInt16

    /// Sends one question and waits up to 5 s for its answer.
    ///
    /// - Parameter type: 1 A, 28 AAAA, 33 SRV.
    /// - Throws: `POSIXError`, `.ETIMEDOUT` when no answer comes.
    func ask(_ name: String, type: UInt8) throws -> Answer {
        let id = [UInt8.random(in: 0...255), UInt8.random(in: 0...255)]
        // One question, recursion desired.
        var query = id + [1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") { query += [UInt8(label.utf8.count)] + Array(label.utf8) }
        query += [0, 0, type, 0, 1]

        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw lastError() }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0, send(descriptor, query, query.count, 0) == query.count else { throw lastError() }

        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 5_000) == 1 else { throw POSIXError(.ETIMEDOUT) }
        var reply = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &reply, reply.count, 0)
        guard count >= 12, Array(reply[0..<2]) == id else { throw lastError() }
        return Answer(code: reply[3] & 0x0f, answers: UInt16(reply[6]) << 8 | UInt16(reply[7]))
    }

    private func lastError() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EBADMSG) }
}
